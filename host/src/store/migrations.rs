//! The tables, version by version. The files of the two directories stand side by
//! side, one pair a version; a released one is never edited.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, what it brings, and its text.
type Listed = (i64, &'static str, &'static str);

pub(super) const SQLITE: &[Listed] = &[
    (
        1,
        "first",
        include_str!("../../migrations/sqlite/0001_first.sql"),
    ),
    (
        2,
        "updates",
        include_str!("../../migrations/sqlite/0002_updates.sql"),
    ),
    (
        3,
        "transitions",
        include_str!("../../migrations/sqlite/0003_transitions.sql"),
    ),
    (
        4,
        "bulks",
        include_str!("../../migrations/sqlite/0004_bulks.sql"),
    ),
    (
        5,
        "decisions",
        include_str!("../../migrations/sqlite/0005_decisions.sql"),
    ),
    (
        6,
        "leases",
        include_str!("../../migrations/sqlite/0006_leases.sql"),
    ),
    (
        7,
        "comparing",
        include_str!("../../migrations/sqlite/0007_comparing.sql"),
    ),
    (
        8,
        "compositions",
        include_str!("../../migrations/sqlite/0008_compositions.sql"),
    ),
    (
        9,
        "auth",
        include_str!("../../migrations/sqlite/0009_auth.sql"),
    ),
    (
        10,
        "circumstances",
        include_str!("../../migrations/sqlite/0010_circumstances.sql"),
    ),
    (
        11,
        "following",
        include_str!("../../migrations/sqlite/0011_following.sql"),
    ),
    (
        12,
        "sent",
        include_str!("../../migrations/sqlite/0012_sent.sql"),
    ),
    (
        13,
        "unmarked",
        include_str!("../../migrations/sqlite/0013_unmarked.sql"),
    ),
    (
        14,
        "over",
        include_str!("../../migrations/sqlite/0014_over.sql"),
    ),
    (
        15,
        "ended",
        include_str!("../../migrations/sqlite/0015_ended.sql"),
    ),
];

pub(super) const POSTGRES: &[Listed] = &[
    (
        1,
        "first",
        include_str!("../../migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "updates",
        include_str!("../../migrations/postgres/0002_updates.sql"),
    ),
    (
        3,
        "transitions",
        include_str!("../../migrations/postgres/0003_transitions.sql"),
    ),
    (
        4,
        "bulks",
        include_str!("../../migrations/postgres/0004_bulks.sql"),
    ),
    (
        5,
        "decisions",
        include_str!("../../migrations/postgres/0005_decisions.sql"),
    ),
    (
        6,
        "leases",
        include_str!("../../migrations/postgres/0006_leases.sql"),
    ),
    (
        7,
        "comparing",
        include_str!("../../migrations/postgres/0007_comparing.sql"),
    ),
    (
        8,
        "compositions",
        include_str!("../../migrations/postgres/0008_compositions.sql"),
    ),
    (
        9,
        "auth",
        include_str!("../../migrations/postgres/0009_auth.sql"),
    ),
    (
        10,
        "circumstances",
        include_str!("../../migrations/postgres/0010_circumstances.sql"),
    ),
    (
        11,
        "following",
        include_str!("../../migrations/postgres/0011_following.sql"),
    ),
    (
        12,
        "sent",
        include_str!("../../migrations/postgres/0012_sent.sql"),
    ),
    (
        13,
        "unmarked",
        include_str!("../../migrations/postgres/0013_unmarked.sql"),
    ),
    (
        14,
        "over",
        include_str!("../../migrations/postgres/0014_over.sql"),
    ),
    (
        15,
        "ended",
        include_str!("../../migrations/postgres/0015_ended.sql"),
    ),
];

pub(super) fn migrator(listed: &[Listed]) -> Migrator {
    let migrations = listed
        .iter()
        .map(|&(version, brings, sql)| {
            let simple = MigrationType::Simple;
            Migration::new(version, brings.into(), simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_and_both_databases_have_the_same_versions() {
        for (directory, listed) in [("sqlite", SQLITE), ("postgres", POSTGRES)] {
            let root = env!("CARGO_MANIFEST_DIR");
            let mut files: Vec<_> = std::fs::read_dir(format!("{root}/migrations/{directory}"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let names: Vec<_> = listed
                .iter()
                .map(|(version, brings, _)| format!("{version:04}_{brings}.sql"))
                .collect();
            assert_eq!(files, names, "{directory}");
        }
    }
}
