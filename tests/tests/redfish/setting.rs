//! Pod managers are changed from the command line.

use valence_tests::emulator::{Emulator, Way};
use valence_tests::{Valence, root};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_exchanged_once_the_pod_manager_takes_the_new_one() {
    let bmc = Emulator::of_recording(&root().join("hooks/mockups/dell-rack.json"))
        .account("admin", "new-pa55word", Way::Basic)
        .start()
        .await;
    let open = Emulator::of_recording(&root().join("hooks/mockups/dell-rack.json"))
        .start()
        .await;
    let url = bmc.url().to_owned();
    let other = open.url().to_owned();
    let work = move || {
        let valence = Valence::bare()
            .configure("[credentials.named]\nusername = \"admin\"\npassword_env = \"NOWHERE\"")
            .start();
        let files = tempfile::tempdir().unwrap();
        let file = |name: &str, password: &str| {
            let path = files.path().join(name);
            std::fs::write(&path, password).unwrap();
            path.display().to_string()
        };
        let (old, new) = (file("old", "old-pa55word"), file("new", "new-pa55word"));
        let account = |file| ["--username", "admin", "--password-file", file];
        let mut create = vec!["podm", "create", "rack-a", &url];
        create.extend(account(&new));
        let made = valence.cli_with(&create);
        assert_eq!(made.exit, 0, "{made:?}");
        let set = |more: &[&str]| {
            let mut arguments = vec!["podm", "set", "rack-a"];
            arguments.extend(more);
            valence.cli_with(&arguments)
        };
        let refused = set(&account(&old));
        assert_eq!(refused.exit, 5, "{refused:?}");
        assert_eq!(set(&account(&new)).exit, 0);
        assert_eq!(set(&["--no-account"]).exit, 5);
        let mut changed = account(&new).to_vec();
        changed.extend(["--auth", "basic", "-f", "value", "-c", "auth"]);
        let changed = set(&changed);
        assert_eq!(changed.stdout, "basic\n", "{changed:?}");
        let nothing = set(&[]);
        assert_eq!(nothing.exit, 2, "{nothing:?}");
        // An account of the configuration goes only where that says.
        let named = ["podm", "create", "rack-b", &other, "--credentials", "named"];
        let named = valence.cli(named);
        assert_eq!(named.exit, 8, "{named:?}");
        assert!(named.stderr.contains("`hosts` of"), "{named:?}");
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}
