//! Holding on to the leases of this process: all of them with one statement, on a
//! connection that nobody else uses.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::{GIVE_BACK, TERM, Work, lose, microseconds};
use crate::store::pool::arguments;
use crate::store::{Store, StoreError};

impl Store {
    /// Holds on to the leases of this process. Those that another has taken
    /// meanwhile are lost: nothing is written for them any more.
    pub async fn renew_leases(&self) -> Result<(), StoreError> {
        if !self.leases.is_shared {
            return Ok(());
        }
        let mut held: HashMap<String, (Work, i64)> = self
            .leases
            .held()
            .iter()
            .filter_map(|(work, held)| Some((work.to_string(), (*work, held.epoch?))))
            .collect();
        let asked = Instant::now();
        let arguments = arguments![self.leases.owner, microseconds(TERM)];
        let sql = self.beside.dialect().renew_all;
        let rows = self.beside.written(sql, arguments).await?;
        let mut nobodys = Vec::new();
        for row in &rows {
            let (work, epoch): (String, i64) = (row.text("work")?, row.get("epoch")?);
            match held.get(&work) {
                Some((of, known)) if *known == epoch => {
                    self.leases.prolong(*of, epoch, asked);
                    held.remove(&work);
                }
                Some(_) => {}
                None => nobodys.push((work, epoch)),
            }
        }
        self.leave_nobodys(nobodys).await?;
        // Somebody writes for them right now, or they are lost.
        for (work, epoch) in held.into_values() {
            self.renew(work, epoch).await?;
        }
        Ok(())
    }

    /// Gives back what this process has in the database and nowhere else: whoever had
    /// it could not.
    async fn leave_nobodys(&self, mut those: Vec<(String, i64)>) -> Result<(), StoreError> {
        if those.is_empty() {
            return Ok(());
        }
        let here: HashSet<String> = self.leases.held().keys().map(Work::to_string).collect();
        those.retain(|(work, _)| !here.contains(work));
        for (work, epoch) in those {
            let arguments = arguments![work, self.leases.owner, epoch];
            self.beside.execute(GIVE_BACK, arguments).await?;
        }
        Ok(())
    }

    async fn renew(&self, work: Work, epoch: i64) -> Result<(), StoreError> {
        let asked = Instant::now();
        let term = microseconds(TERM);
        let arguments = arguments![work.to_string(), self.leases.owner, epoch, term];
        let sql = self.beside.dialect().renew;
        let renewed = self.beside.execute(sql, arguments).await?;
        if renewed > 0 {
            self.leases.prolong(work, epoch, asked);
        } else if let Some(held) = self.leases.held().get_mut(&work)
            && held.epoch == Some(epoch)
        {
            lose(work, held);
        }
        Ok(())
    }
}
