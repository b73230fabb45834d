//! Writing what is on record as a bundle, line by line.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::super::Registrar;
use super::{BundledDecision, VERSION};
use crate::failure::Failure;
use crate::store::{Document, Store, StoreError};

/// So many lines are made ahead of whoever takes them.
const AHEAD: usize = 16;

/// Which decisions are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Those from then on.
    pub since: Option<Timestamp>,
    /// Those of the node with this uuid or name.
    pub node: Option<String>,
    /// Every one; else of each node the newest that is no dry run's, or, where there
    /// are none but those, the newest of them.
    pub every: bool,
}

/// A bundle on its way out.
struct Export {
    store: Arc<Store>,
    to: mpsc::Sender<Result<String, Failure>>,
    /// The numbers of documents that are out, by path and digest.
    numbers: HashMap<(String, String), u32>,
}

/// Whoever wanted the lines has gone.
struct Gone;

impl Registrar {
    /// The lines of a bundle of what is `chosen`, each with its end of line, as they
    /// are taken. After an error there is no more.
    pub fn export(&self, chosen: Chosen) -> mpsc::Receiver<Result<String, Failure>> {
        let (to, lines) = mpsc::channel(AHEAD);
        let mut export = Export {
            store: Arc::clone(&self.store),
            to,
            numbers: HashMap::new(),
        };
        tokio::spawn(async move {
            if let Err(error) = export.all(chosen).await {
                let _ = export.to.send(Err(error)).await;
            }
        });
        lines
    }
}

impl Export {
    async fn all(&mut self, chosen: Chosen) -> Result<(), Failure> {
        let since = chosen.since.unwrap_or(Timestamp::UNIX_EPOCH);
        let node = chosen.node.unwrap_or_default();
        let ids = self.store.chosen_decisions(since, &node, chosen.every);
        let ids = ids.await?;
        let head = json!({
            "bundle": VERSION,
            "valence": env!("CARGO_PKG_VERSION"),
            "decisions": ids.len(),
        });
        let mut decisions = 0;
        if self.line(format!("{head}\n")).await.is_err() {
            return Ok(());
        }
        for id in ids {
            match self.decision(id).await? {
                Some(Ok(())) => decisions += 1,
                Some(Err(Gone)) => return Ok(()),
                // It was too old meanwhile.
                None => {}
            }
        }
        let end = json!({"end": {"decisions": decisions, "documents": self.numbers.len()}});
        let _ = self.line(format!("{end}\n")).await;
        Ok(())
    }

    async fn decision(&mut self, id: Uuid) -> Result<Option<Result<(), Gone>>, Failure> {
        let decision = match self.store.decision(id).await {
            Ok(decision) => decision,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bundled = BundledDecision::of(&decision)?;
        let mut reads = self.store.decision_reads(id).await?;
        // Databases sort text in ways of their own.
        reads.sort_by(|a, b| a.path.cmp(&b.path));
        for read in reads {
            match self.document(read, &mut bundled).await? {
                Ok(()) => {}
                Err(Gone) => return Ok(Some(Err(Gone))),
            }
        }
        let line = format!("{}\n", json!({"decision": bundled}));
        Ok(Some(self.line(line).await))
    }

    /// Enters how a read ended into `bundled`, after the document is out. One that
    /// went meanwhile is not entered: whoever reads it will be told that it is not
    /// on record.
    async fn document(
        &mut self,
        read: Document,
        bundled: &mut BundledDecision,
    ) -> Result<Result<(), Gone>, Failure> {
        let Some((digest, _)) = read.body else {
            let path = read.path.try_into();
            let error = read.error.map(|error| serde_json::from_str(&error));
            if let (Ok(path), Some(Ok(error))) = (path, error) {
                bundled.unread.insert(path, error);
            }
            return Ok(Ok(()));
        };
        let next = u32::try_from(self.numbers.len()).map_err(Failure::internal)?;
        let key = (read.path, digest);
        if let Some(number) = self.numbers.get(&key) {
            bundled.documents.push(*number);
            return Ok(Ok(()));
        }
        let Some(body) = self.store.document(&key.1).await? else {
            return Ok(Ok(()));
        };
        bundled.documents.push(next);
        let path = json!(key.0);
        let line = format!(
            "{{\"document\":{next},\"path\":{path},\"digest\":\"sha256:{}\",\"body\":{body}}}\n",
            key.1
        );
        self.numbers.insert(key, next);
        Ok(self.line(line).await)
    }

    async fn line(&self, line: String) -> Result<(), Gone> {
        self.to.send(Ok(line)).await.map_err(|_| Gone)
    }
}
