//! What a service does in its own time (DSP0266, "Asynchronous operations").

use axum::http::Method;
use serde_json::json;

use super::answer::{Answer, Asked};

const MONITORS: &str = "/redfish/v1/TaskService/TaskMonitors";

/// Writes that have been accepted.
#[derive(Default)]
pub(super) struct Tasks {
    /// For so many looks a task is under way; none: everything is done at once.
    pub(super) looks: Option<usize>,
    accepted: Vec<Task>,
}

struct Task {
    asked: Option<Asked>,
    looks: usize,
}

/// What becomes of a request.
pub(super) enum Turn {
    /// It is carried out.
    Now(Option<Asked>),
    /// This is answered instead.
    Later(Answer),
}

impl Tasks {
    /// Puts off `asked` where it changes something, and takes up again what is due.
    pub(super) fn turn(&mut self, asked: &Asked) -> Turn {
        let Some(looks) = self.looks else {
            return Turn::Now(None);
        };
        if let Some(number) = asked.path.strip_prefix(MONITORS) {
            return self.look(number.trim_start_matches('/'));
        }
        if !matches!(asked.method, Method::POST | Method::DELETE) {
            return Turn::Now(None);
        }
        self.accepted.push(Task {
            asked: Some(asked.clone()),
            looks,
        });
        Turn::Later(accepted(self.accepted.len() - 1))
    }

    fn look(&mut self, number: &str) -> Turn {
        let number = number.parse().unwrap_or(usize::MAX);
        let Some(task) = self.accepted.get_mut(number) else {
            return Turn::Later(Answer::missing(MONITORS));
        };
        if task.looks > 0 {
            task.looks -= 1;
            return Turn::Later(accepted(number));
        }
        // Told once.
        match task.asked.take() {
            Some(asked) => Turn::Now(Some(asked)),
            None => Turn::Later(Answer::missing(MONITORS)),
        }
    }
}

fn accepted(number: usize) -> Answer {
    let task = json!({
        "@odata.id": format!("/redfish/v1/TaskService/Tasks/{number}"),
        "@odata.type": "#Task.v1_7_4.Task",
        "Id": number.to_string(), "Name": "Task", "TaskState": "Running",
    });
    Answer::accepted(task).with("location", format!("{MONITORS}/{number}"))
}
