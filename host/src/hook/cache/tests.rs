//! Nothing is loaded but what was written, to the last bit.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn cache(path: &Path) -> Cache {
    Cache::open(path, CacheLimits::default()).ok().unwrap()
}

fn name() -> EntryName {
    EntryName {
        component: "c0".repeat(32),
        settings: "5e".repeat(32),
    }
}

fn code(text: &str) -> Code {
    Code::trusted(text.as_bytes().to_vec(), 0)
}

fn found(cache: &Cache, name: &EntryName) -> Option<Vec<u8>> {
    cache.get(name).map(|code| code.bytes().to_vec())
}

/// A cache with one entry, and the entry's file.
fn with_entry() -> (TempDir, Cache, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("cache");
    let cache = cache(&path);
    cache.put(&name(), &code("native code"));
    let file = path.join(name().file());
    (directory, cache, file)
}

#[test]
fn caches_opened_at_once_have_one_key() {
    for _ in 0..20 {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("cache");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let caches: Vec<_> = std::thread::scope(|scope| {
            let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| cache(&path))).collect();
            let opened = opening.into_iter().map(|one| one.join().unwrap());
            opened.collect()
        });
        let heads: Vec<_> = caches
            .iter()
            .map(|cache| cache.key.head(&name(), b"code"))
            .collect();
        assert!(heads.windows(2).all(|two| two[0] == two[1]));
    }
}

#[test]
fn what_was_kept_is_found_by_the_next_process() {
    let (_directory, first, file) = with_entry();
    assert_eq!(found(&first, &name()).unwrap(), b"native code");
    let next = cache(file.parent().unwrap());
    assert_eq!(found(&next, &name()).unwrap(), b"native code");
    // Kept for its owner alone, and without traces of how it was written.
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(file.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600);
        names.push(path.file_name().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, [file.file_name().unwrap(), "key".as_ref()]);
}

#[test]
fn another_component_or_other_settings_find_nothing() {
    let (_directory, cache, file) = with_entry();
    for other in [
        EntryName {
            component: "c1".repeat(32),
            ..name()
        },
        EntryName {
            settings: "5f".repeat(32),
            ..name()
        },
        // The same file, by the part of the digest that stands in its name.
        EntryName {
            settings: format!("{}00", "5e".repeat(31)),
            ..name()
        },
    ] {
        assert_eq!(found(&cache, &other), None);
        // Not even where somebody puts it there.
        let place = file.with_file_name(other.file());
        if place != file {
            fs::copy(&file, place).unwrap();
        }
        assert_eq!(found(&cache, &other), None);
    }
}

#[test]
fn an_entry_under_another_key_is_not_taken() {
    let (_directory, _, file) = with_entry();
    let (_other_directory, other, other_file) = with_entry();
    fs::copy(&file, &other_file).unwrap();
    assert_eq!(found(&other, &name()), None);
    // Its own is, again.
    other.put(&name(), &code("native code"));
    assert!(other.get(&name()).is_some());
}

#[test]
fn a_key_that_is_lost_cut_or_readable_by_others_is_replaced() {
    let spoil: [fn(&Path); 3] = [
        |key| fs::remove_file(key).unwrap(),
        |key| fs::write(key, [7; 31]).unwrap(),
        |key| fs::set_permissions(key, fs::Permissions::from_mode(0o640)).unwrap(),
    ];
    for spoil in spoil {
        let (_directory, _, file) = with_entry();
        let key = file.with_file_name("key");
        let before = fs::read(&key).unwrap();
        spoil(&key);
        let next = cache(file.parent().unwrap());
        assert_eq!(found(&next, &name()), None);
        let after = fs::read(&key).unwrap();
        assert!(after.len() == 32 && after != before);
        assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_directory_that_others_may_enter_or_that_is_a_link_is_refused() {
    let directory = TempDir::new().unwrap();
    let refused = |path: &Path| {
        let opened = Cache::open(path, CacheLimits::default());
        opened.err().map(|error| error.to_string())
    };
    for mode in [0o755, 0o770, 0o701] {
        let path = directory.path().join(format!("{mode:o}"));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let message = refused(&path).unwrap();
        assert!(
            message.starts_with(&format!("others may enter it (mode {mode:o})")),
            "{message}"
        );
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }
    let real = directory.path().join("real");
    drop(cache(&real));
    let link = directory.path().join("link");
    symlink(&real, &link).unwrap();
    assert_eq!(refused(&link).as_deref(), Some("it is no directory"));
    assert_eq!(refused(&real), None);
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(refused(&file).as_deref(), Some("it is no directory"));
    // Who runs the tests may be root, to whom what is root's is no stranger's.
    let strangers = match fs::metadata(&real).unwrap().uid() {
        0 => {
            chown(&real, Some(STRANGER), None).unwrap();
            real.as_path()
        }
        _ => Path::new("/proc/1"),
    };
    let message = refused(strangers).unwrap();
    assert_eq!(message, "it belongs to another user");
}

/// Nobody's number, on most machines.
const STRANGER: u32 = 65_534;

#[test]
fn an_entry_that_another_user_wrote_is_not_run() {
    let (_directory, cache, file) = with_entry();
    if fs::metadata(&file).unwrap().uid() != 0 {
        // Only root can give a file away; the directory's test covers the others.
        return;
    }
    chown(&file, Some(STRANGER), None).unwrap();
    assert_eq!(found(&cache, &name()), None);
}

#[test]
fn an_entry_that_is_a_link_or_a_pipe_is_not_read() {
    let (_directory, cache, file) = with_entry();
    let elsewhere = file.with_file_name("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert_eq!(found(&cache, &name()), None);
    fs::remove_file(&file).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &file,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    assert_eq!(found(&cache, &name()), None);
    // It is written again, in the place of whatever is there.
    cache.put(&name(), &code("again"));
    assert_eq!(found(&cache, &name()).unwrap(), b"again");
}

#[test]
fn what_was_not_used_for_longest_goes_first_and_what_is_used_stays() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("cache");
    let named = |number: usize| EntryName {
        component: format!("{number:064}"),
        ..name()
    };
    let age = |number: usize, seconds: u64| {
        let file = fs::File::open(path.join(named(number).file())).unwrap();
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        file.set_modified(then).unwrap();
    };
    let before = cache(&path);
    for number in 0..4 {
        before.put(&named(number), &code("native code"));
    }
    for (number, seconds) in [(0, 10), (1, 40), (2, 30), (3, 20)] {
        age(number, seconds);
    }
    let limits = CacheLimits {
        entries: 3,
        ..CacheLimits::default()
    };
    let after = Cache::open(&path, limits).ok().unwrap();
    // The oldest of all, in use.
    let held = after.hold(&named(1));
    assert!(after.get(&named(1)).is_some());
    age(1, 50);
    after.put(&named(4), &code("native code"));
    let kept: Vec<_> = (0..5)
        .filter(|number| path.join(named(*number).file()).exists())
        .collect();
    assert_eq!(kept, [0, 1, 3, 4]);
    // Until what was loaded from it is given up.
    drop(held);
    after.put(&named(4), &code("native code"));
    assert_eq!(found(&after, &named(1)), None);
    let limits = CacheLimits {
        entries: 100,
        bytes: 100,
    };
    let small = Cache::open(&path, limits).ok().unwrap();
    small.put(&named(5), &code("native code"));
    assert!(small.get(&named(5)).is_some());
    assert_eq!(small.get(&named(0)).map(|_| ()), None);
}

#[test]
fn what_a_crash_left_half_written_is_swept_away() {
    let (_directory, _, file) = with_entry();
    let draft = |name: &str, hours: u64| {
        let path = file.with_file_name(name);
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3600);
        fs::File::create(&path).unwrap().set_modified(then).unwrap();
        path
    };
    let (old, new) = (draft("draft-1-0", 2), draft("draft-2-0", 0));
    drop(cache(file.parent().unwrap()));
    assert!(!old.exists() && new.exists() && file.exists());
}

static ENTRY: LazyLock<(TempDir, Cache, PathBuf)> = LazyLock::new(with_entry);

proptest! {
    #[test]
    fn no_bit_of_an_entry_can_be_flipped(place in 0..59_usize, bit in 0..8_u8) {
        let (_, cache, file) = &*ENTRY;
        cache.put(&name(), &code("native code"));
        let mut bytes = fs::read(file).unwrap();
        prop_assert_eq!(bytes.len(), 59);
        bytes[place] ^= 1 << bit;
        fs::write(file, bytes).unwrap();
        prop_assert_eq!(found(cache, &name()), None);
    }

    #[test]
    fn no_part_of_an_entry_can_be_cut_off_or_added(length in 0..59_usize, more in 1..9_usize) {
        // A cache of its own: tests run side by side.
        let (_directory, cache, file) = with_entry();
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..length]).unwrap();
        prop_assert_eq!(found(&cache, &name()), None);
        fs::write(&file, [whole.as_slice(), &vec![0; more]].concat()).unwrap();
        prop_assert_eq!(found(&cache, &name()), None);
        fs::write(&file, &whole).unwrap();
        prop_assert!(found(&cache, &name()).is_some());
    }
}
