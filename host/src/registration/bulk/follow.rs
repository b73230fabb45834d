//! Results as they come.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use crate::failure::Failure;

use super::{Bulk, BulkItem, Bulks};

/// Between two looks at one that is not run here.
const ELSEWHERE: Duration = Duration::from_millis(500);

/// What happens to a bulk registration.
#[derive(Clone, Debug)]
pub enum BulkEvent {
    /// So far it is: the first of all events.
    Begun(Bulk),
    /// A node has ended.
    Ended(BulkItem),
    /// Nothing more comes: the last of all events. One that is `running` still goes
    /// on when the server is started again.
    Over(Bulk),
}

/// Tells what happens: first all that has happened already.
pub struct Follower {
    bulks: Arc<Bulks>,
    id: Uuid,
    queue: VecDeque<BulkItem>,
    /// The last that was told of.
    last: i64,
    stage: Stage,
}

enum Stage {
    ToBegin(Option<Bulk>),
    /// None: nobody runs it here, and what is on record is all there is.
    Running(Option<watch::Receiver<u64>>),
    Over,
}

impl Bulks {
    /// Follows `bulk`, beginning with it as it is given.
    pub fn follow(self: &Arc<Self>, bulk: Bulk) -> Follower {
        Follower {
            bulks: Arc::clone(self),
            id: bulk.record.id,
            queue: VecDeque::new(),
            last: 0,
            stage: Stage::ToBegin(Some(bulk)),
        }
    }
}

impl Follower {
    /// Waits for the next event. None after the last.
    pub async fn next(&mut self) -> Result<Option<BulkEvent>, Failure> {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Ok(Some(BulkEvent::Ended(item)));
            }
            match &mut self.stage {
                Stage::ToBegin(bulk) => {
                    let bulk = bulk.take();
                    let run = self.bulks.run_of(self.id);
                    self.stage = Stage::Running(run.map(|run| run.watch()));
                    if let Some(bulk) = bulk {
                        return Ok(Some(BulkEvent::Begun(bulk)));
                    }
                }
                Stage::Running(None) => {
                    if let Some(run) = self.bulks.run_of(self.id) {
                        self.stage = Stage::Running(Some(run.watch()));
                    } else if !self.look().await? {
                        if self.bulks.goes_on(self.id).await? {
                            tokio::time::sleep(ELSEWHERE).await;
                            continue;
                        }
                        self.stage = Stage::Over;
                        let bulk = self.bulks.get(self.id).await?;
                        return Ok(Some(BulkEvent::Over(bulk)));
                    }
                }
                Stage::Running(Some(ended)) => {
                    // Before looking: what ends meanwhile is a change again.
                    ended.mark_unchanged();
                    if !self.look().await?
                        && let Stage::Running(Some(ended)) = &mut self.stage
                        && ended.changed().await.is_err()
                    {
                        self.stage = Stage::Running(None);
                    }
                }
                Stage::Over => return Ok(None),
            }
        }
    }

    /// Whether anything has ended that was not told of yet.
    async fn look(&mut self) -> Result<bool, Failure> {
        for item in self.bulks.store.ended_after(self.id, self.last).await? {
            let item = BulkItem::read(item)?;
            self.last = item.ended.unwrap_or(self.last);
            self.queue.push_back(item);
        }
        Ok(!self.queue.is_empty())
    }
}
