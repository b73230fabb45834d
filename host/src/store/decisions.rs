//! Records of evaluations, and the documents that they were of, each kept once.

use jiff::Timestamp;
use uuid::Uuid;

use super::nodes::is_foreign_key;
use super::pool::arguments;
use super::row::Row;
use super::{Store, StoreError};

/// A list has no more than the newest of them.
const MOST_LISTED: i64 = 10_000;

/// How many go with one statement: it is to end within what PostgreSQL lets one take, and
/// nobody else is to wait for long.
const AT_ONCE: i64 = 200;

/// How often a record is tried whose documents are removed meanwhile.
const TRIES: u32 = 3;

/// What was evaluated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecisionKind {
    /// A register request.
    Register,
    /// A dry run of one.
    DryRun,
    /// To see whether the node has drifted.
    Drift,
}

impl DecisionKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Register, Self::DryRun, Self::Drift];

    /// The name in the database and in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::DryRun => "dry-run",
            Self::Drift => "drift",
        }
    }
}

/// The record of one evaluation. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its identity.
    pub id: Uuid,
    /// The node's uuid in Valence.
    pub node: Uuid,
    /// The node's name then.
    pub node_name: String,
    /// The pod manager's name then.
    pub pod_manager: String,
    /// What for.
    pub kind: DecisionKind,
    /// `enrolled`, or the code of the failure that it was.
    pub outcome: String,
    /// What was said to the caller of a failure.
    pub detail: Option<String>,
    /// The hook that it failed by.
    pub hook: Option<String>,
    /// The body of the request, as JSON. Empty in lists.
    pub parameters: String,
    /// With what else, as JSON: see `registration`. Empty in lists, and in what is on
    /// record from before it was kept.
    pub circumstances: String,
    /// The `Evaluation`, or of one that failed its hooks and findings, as JSON.
    /// Empty in lists.
    pub evaluation: String,
    /// The enrollment's digest, as hexadecimal; none where there is none.
    pub enrollment_digest: Option<String>,
    /// The digest of the hook chain.
    pub chain_digest: String,
    /// The fuel of all hooks.
    pub fuel: i64,
    /// When.
    pub created_at: Timestamp,
}

/// How a read of an evaluation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The document's path.
    pub path: String,
    /// The SHA-256 of its body, as hexadecimal, and its body, as JSON; none where
    /// it could not be read.
    pub body: Option<(String, String)>,
    /// Why it could not be read, as JSON.
    pub error: Option<String>,
}

impl Store {
    /// Puts an evaluation on record. Documents that are known already are not kept
    /// again.
    pub async fn insert_decision(
        &self,
        new: &Decision,
        documents: &[Document],
    ) -> Result<(), StoreError> {
        let mut tries = 1;
        loop {
            match self.try_decision(new, documents).await {
                // One that was there was somebody else's alone, whose record is too old.
                Err(error) if tries < TRIES && is_foreign_key(&error) => tries += 1,
                ended => return Ok(ended?),
            }
        }
    }

    async fn try_decision(
        &self,
        new: &Decision,
        documents: &[Document],
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        transaction
            .execute(
                "INSERT INTO decisions (id, node, node_name, pod_manager, kind, outcome, detail, \
                 hook, parameters, evaluation, enrollment_digest, chain_digest, fuel, size, \
                 created_at, circumstances) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
                 $11, $12, $13, $14, $15, $16)",
                arguments![
                    new.id,
                    new.node,
                    new.node_name.as_str(),
                    new.pod_manager.as_str(),
                    new.kind.name(),
                    new.outcome.as_str(),
                    new.detail.as_deref(),
                    new.hook.as_deref(),
                    new.parameters.as_str(),
                    new.evaluation.as_str(),
                    new.enrollment_digest.as_deref(),
                    new.chain_digest.as_str(),
                    new.fuel,
                    bytes(new.parameters.len() + new.circumstances.len() + new.evaluation.len()),
                    new.created_at,
                    new.circumstances.as_str(),
                ],
            )
            .await?;
        for document in documents {
            if let Some((digest, body)) = &document.body {
                transaction
                    .execute(
                        "INSERT INTO documents (digest, body, size) VALUES ($1, $2, $3) \
                         ON CONFLICT (digest) DO NOTHING",
                        arguments![digest.as_str(), body.as_str(), bytes(body.len())],
                    )
                    .await?;
            }
            let digest = document.body.as_ref().map(|(digest, _)| digest.as_str());
            transaction
                .execute(
                    "INSERT INTO decision_documents (decision, path, digest, error) \
                     VALUES ($1, $2, $3, $4)",
                    arguments![
                        new.id,
                        document.path.as_str(),
                        digest,
                        document.error.as_deref(),
                    ],
                )
                .await?;
        }
        transaction.commit().await
    }

    /// The newest 10,000, the newest first.
    pub async fn decisions(&self) -> Result<Vec<Decision>, StoreError> {
        let sql = "SELECT id, node, node_name, pod_manager, kind, outcome, detail, hook, \
                   '' AS parameters, '' AS circumstances, '' AS evaluation, enrollment_digest, chain_digest, fuel, \
                   created_at FROM decisions ORDER BY created_at DESC, id LIMIT $1";
        let rows = self.pool.rows(sql, arguments![MOST_LISTED]).await?;
        rows.iter().map(read).collect()
    }

    /// The one with this id.
    pub async fn decision(&self, id: Uuid) -> Result<Decision, StoreError> {
        let sql = "SELECT * FROM decisions WHERE id = $1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        rows.first().map(read).unwrap_or_else(|| {
            Err(StoreError::NotFound {
                what: "decision",
                wanted: id.to_string(),
            })
        })
    }

    /// Of the decisions since `since`, and of one node by its uuid or name if `node` is
    /// not empty, those that are asked for, the oldest first: of each node the newest
    /// that is not of a dry run, else of a dry run; or every one.
    pub async fn chosen_decisions(
        &self,
        since: Timestamp,
        node: &str,
        every: bool,
    ) -> Result<Vec<Uuid>, StoreError> {
        let sql = "SELECT id FROM (SELECT id, created_at, ROW_NUMBER() OVER (PARTITION BY node \
                   ORDER BY CASE kind WHEN 'dry-run' THEN 1 ELSE 0 END, created_at DESC, id) \
                   AS place FROM decisions WHERE created_at >= $1 \
                   AND ($2 = '' OR node = $2 OR node_name = $2)) AS ranked \
                   WHERE place = 1 OR $3 = 1 ORDER BY created_at, id";
        let arguments = arguments![since, node, i64::from(every)];
        let rows = self.pool.rows(sql, arguments).await?;
        rows.iter().map(|row| row.uuid("id")).collect()
    }

    /// What a decision was of, by path: without the bodies.
    pub async fn decision_reads(&self, id: Uuid) -> Result<Vec<Document>, StoreError> {
        let sql = "SELECT path, digest, '' AS body, error FROM decision_documents \
                   WHERE decision = $1 ORDER BY path";
        self.read_documents(sql, id).await
    }

    /// The body of the document with this digest; none if it went meanwhile.
    pub async fn document(&self, digest: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT body FROM documents WHERE digest = $1";
        let rows = self.pool.rows(sql, arguments![digest]).await?;
        rows.first().map(|row| row.text("body")).transpose()
    }

    /// The decision that the registration with this id was made by, if it is on
    /// record.
    pub async fn decision_of_registration(&self, id: Uuid) -> Result<Option<Uuid>, StoreError> {
        let sql = "SELECT decisions.id AS id FROM decisions JOIN registrations \
                   ON decisions.node = registrations.node \
                   AND decisions.enrollment_digest = registrations.enrollment_digest \
                   WHERE registrations.id = $1 AND decisions.kind = 'register' \
                   ORDER BY decisions.created_at DESC, decisions.id LIMIT 1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        rows.first().map(|row| row.uuid("id")).transpose()
    }

    /// What it was of, by path.
    pub async fn decision_documents(&self, id: Uuid) -> Result<Vec<Document>, StoreError> {
        let sql = "SELECT path, decision_documents.digest AS digest, body, error \
                   FROM decision_documents LEFT JOIN documents \
                   ON documents.digest = decision_documents.digest \
                   WHERE decision = $1 ORDER BY path";
        self.read_documents(sql, id).await
    }

    async fn read_documents(
        &self,
        sql: &'static str,
        id: Uuid,
    ) -> Result<Vec<Document>, StoreError> {
        let rows = self.pool.rows(sql, arguments![id]).await?;
        let document = |row: &Row| {
            let digest: Option<String> = row.get("digest")?;
            let body: Option<String> = row.get("body")?;
            Ok(Document {
                path: row.text("path")?,
                body: digest.zip(body),
                error: row.get("error")?,
            })
        };
        rows.iter().map(document).collect()
    }

    /// Removes what is older than `before`, and then the oldest, until records and
    /// documents take no more than `most` bytes. Gives how many records went.
    pub async fn prune_decisions(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        let mut gone = self.remove_decisions(before, u64::MAX).await?;
        // All of them are looked at.
        if gone > 0 {
            self.prune_documents().await?;
        }
        while self.size_of_decisions().await? > most {
            let tenth = self.tenth_of_decisions().await?;
            match self.remove_decisions(Timestamp::MAX, tenth).await? {
                0 => break,
                some => gone += some,
            }
            self.prune_documents().await?;
        }
        Ok(gone)
    }

    /// Removes the oldest of what is older than `before`, `most` at most. Gives how many
    /// went.
    async fn remove_decisions(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions \
                   WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)";
        let mut gone = 0;
        while gone < most {
            let at_once = i64::try_from(most - gone).map_or(AT_ONCE, |left| left.min(AT_ONCE));
            match self.pool.execute(sql, arguments![before, at_once]).await? {
                0 => break,
                some => gone += some,
            }
        }
        Ok(gone)
    }

    /// How many a tenth of them is, and one at least.
    async fn tenth_of_decisions(&self) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) / 10 + 1 AS tenth FROM decisions";
        let rows = self.pool.rows(sql, arguments![]).await?;
        let tenth: i64 = rows.first().map_or(Ok(1), |row| row.get("tenth"))?;
        Ok(u64::try_from(tenth).unwrap_or(1))
    }

    /// Removes the documents that no record is of: goes through all of them once, in the
    /// order of their digests.
    async fn prune_documents(&self) -> Result<(), StoreError> {
        let next = "SELECT MAX(digest) AS last FROM (SELECT digest FROM documents \
                    WHERE digest > $1 ORDER BY digest LIMIT $2) AS portion";
        let remove = "DELETE FROM documents WHERE digest > $1 AND digest <= $2 \
                      AND NOT EXISTS (SELECT 1 FROM decision_documents \
                      WHERE decision_documents.digest = documents.digest)";
        let mut from = String::new();
        loop {
            let rows = self.pool.rows(next, arguments![from.as_str(), AT_ONCE]);
            let rows = rows.await?;
            let last: Option<String> = rows.first().map_or(Ok(None), |row| row.get("last"))?;
            let Some(last) = last else { return Ok(()) };
            let removed = self.pool.execute(remove, arguments![from, last.as_str()]);
            match removed.await {
                // A new record is of one of them: they are for another time.
                Err(error) if is_foreign_key(&error) => {}
                ended => drop(ended?),
            }
            from = last;
        }
    }

    /// The bytes of all records and documents: of two indexes, without what is in them.
    async fn size_of_decisions(&self) -> Result<u64, StoreError> {
        let sql = "SELECT CAST(COALESCE((SELECT SUM(size) FROM decisions), 0) \
                   + COALESCE((SELECT SUM(size) FROM documents), 0) AS BIGINT) AS size";
        let rows = self.pool.rows(sql, arguments![]).await?;
        let size: i64 = rows.first().map_or(Ok(0), |row| row.get("size"))?;
        Ok(u64::try_from(size).unwrap_or_default())
    }
}

fn bytes(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn read(row: &Row) -> Result<Decision, StoreError> {
    Ok(Decision {
        id: row.uuid("id")?,
        node: row.uuid("node")?,
        node_name: row.text("node_name")?,
        pod_manager: row.text("pod_manager")?,
        kind: row.parsed("kind", |text| {
            DecisionKind::ALL
                .into_iter()
                .find(|kind| kind.name() == text)
        })?,
        outcome: row.text("outcome")?,
        detail: row.get("detail")?,
        hook: row.get("hook")?,
        parameters: row.text("parameters")?,
        circumstances: row.text("circumstances")?,
        evaluation: row.text("evaluation")?,
        enrollment_digest: row.get("enrollment_digest")?,
        chain_digest: row.text("chain_digest")?,
        fuel: row.get("fuel")?,
        created_at: row.time("created_at")?,
    })
}
