//! Users and the hashes of their passwords, as the lines of a file have them.

use std::collections::HashMap;

use crate::text::tame;

/// With each further one a hash takes twice as long; at this, some seconds.
const DEAREST: u32 = 16;

/// The cost where there are no users: bcrypt's usual one.
const USUAL: u32 = 10;

/// The users of one file.
pub(super) struct Users {
    hashes: HashMap<String, String>,
    /// The highest cost of any of the hashes.
    dearest: u32,
}

impl Default for Users {
    fn default() -> Self {
        Self {
            hashes: HashMap::new(),
            dearest: USUAL,
        }
    }
}

impl Users {
    /// The users of `text`, and what is wrong with its other lines.
    pub(super) fn parse(text: &str) -> (Self, Vec<String>) {
        let mut hashes = HashMap::new();
        let mut faults = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = number + 1;
            match line.split_once(':') {
                None | Some(("", _)) => {
                    faults.push(format!("line {number} is not of the form `user:hash`"));
                }
                Some((user, hash)) => match fault(hash) {
                    None => drop(hashes.insert(user.to_owned(), hash.to_owned())),
                    Some(fault) => {
                        hashes.remove(user);
                        let user = tame(user, 80);
                        faults.push(format!("line {number}: the password of `{user}` {fault}"));
                    }
                },
            }
        }
        let dearest = hashes.values().filter_map(|hash| cost(hash)).max();
        let users = Self {
            hashes,
            dearest: dearest.unwrap_or(USUAL),
        };
        (users, faults)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// What the password of `user` is hashed to.
    pub(super) fn hash(&self, user: &str) -> Option<&str> {
        self.hashes.get(user).map(String::as_str)
    }

    /// What a password of `user` is to be compared with, who may be nobody.
    pub(super) fn question(&self, user: &str) -> Question {
        let hash = self.hash(user);
        Question {
            is_known: hash.is_some(),
            hash: hash.map_or_else(|| decoy(self.dearest), str::to_owned),
            dearest: self.dearest,
        }
    }
}

/// A hash that a password is compared with.
pub(super) struct Question {
    is_known: bool,
    hash: String,
    dearest: u32,
}

impl Question {
    /// The hash.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether `password` is the one.
    pub(super) fn is_answered_by(&self, password: &str) -> bool {
        self.is_answered(|hash| bcrypt::verify(password, hash).unwrap_or(false))
    }

    /// A wrong password takes as long for each user of the file, and for nobody, as for the
    /// one whose hash is dearest. With one more each cost takes twice as long, so one at
    /// each from the own up to that is what is missing.
    fn is_answered(&self, mut verify: impl FnMut(&str) -> bool) -> bool {
        let is_right = verify(&self.hash);
        if is_right && self.is_known {
            return true;
        }
        for cost in cost(&self.hash).unwrap_or(self.dearest)..self.dearest {
            verify(&decoy(cost));
        }
        false
    }
}

/// A hash at `cost` of nobody's password.
fn decoy(cost: u32) -> String {
    format!("$2b${cost:02}$qaoG3HSKAySs4c0P4axm7OWeXGaFD2YOmc3SI07cdzrwjvnI4zb9C")
}

fn cost(hash: &str) -> Option<u32> {
    let parts = hash.parse::<bcrypt::HashParts>();
    parts.ok().map(|parts| parts.get_cost())
}

fn fault(hash: &str) -> Option<String> {
    match cost(hash) {
        Some(cost) if cost > DEAREST => Some(format!(
            "is hashed at a cost of {cost}, which takes minutes to check: {DEAREST} is the most"
        )),
        Some(_) => None,
        None => Some(
            "is not hashed with bcrypt (`$2y$…`), and no other way is taken: `htpasswd -B` makes it"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bcrypt_is_taken_and_others_are_told_by_line() {
        let text = format!(
            "# people\n\na:{}\nb:$apr1$lx$yy\nc:{{SHA}}qUqP5cyxm6YcTAhz05Hph5gvu9M=\nd:plain\nnothing\n\
             e:{}\n",
            decoy(4),
            decoy(31)
        );
        let (users, faults) = Users::parse(&text);
        assert_eq!(users.len(), 1);
        assert_eq!(faults.len(), 5);
        assert_eq!(
            faults[0],
            "line 4: the password of `b` is not hashed with bcrypt (`$2y$…`), and no other way is taken: `htpasswd -B` makes it"
        );
        assert!(faults[3].starts_with("line 7 is not"), "{faults:?}");
        assert!(faults[4].contains("cost of 31"), "{faults:?}");
    }

    /// How much is hashed for a wrong password of `user`.
    fn work(users: &Users, user: &str) -> u64 {
        let mut work = 0;
        let answered = users.question(user).is_answered(|hash| {
            work += 1 << cost(hash).unwrap();
            false
        });
        assert!(!answered);
        work
    }

    #[test]
    fn a_wrong_password_is_as_much_work_for_everybody_and_for_nobody() {
        for costs in [vec![5], vec![12], vec![10, 5, 12, 4], vec![4, 5], vec![]] {
            let lines = costs
                .iter()
                .map(|cost| format!("u{cost}:{}\n", decoy(*cost)));
            let (users, faults) = Users::parse(&lines.collect::<String>());
            assert!(faults.is_empty(), "{faults:?}");
            let most = 1 << costs.iter().max().unwrap_or(&USUAL);
            for user in costs.iter().map(|cost| format!("u{cost}")) {
                assert_eq!(work(&users, &user), most, "{costs:?} {user}");
            }
            assert_eq!(work(&users, "nobody"), most, "{costs:?}");
        }
    }

    #[test]
    fn nobody_has_the_password_of_a_decoy() {
        let (users, _) = Users::parse(&format!("a:{}\n", decoy(4)));
        assert!(users.question("a").is_answered(|_| true));
        assert!(!users.question("nobody").is_answered(|_| true));
    }
}
