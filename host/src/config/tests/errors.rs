//! What is wrong, where, and what to do about it.

use super::error;

#[test]
fn errors_say_where_and_what_and_what_to_do() {
    const HOOK: &str = "[[hook]]\npath = 'a.wasm'\nname = ";
    let table = [
        (
            "[server]\nlissten = '127.0.0.1:1'",
            "valence.toml:2:1: `server.lissten`: there is no such key; is `listen` meant?",
        ),
        (
            "[serverr]",
            "valence.toml:1:2: `serverr`: there is no such key; is `server` meant?",
        ),
        (
            "[server]\nlisten = 8181",
            "valence.toml:2:1: `server.listen`: an address and port such as `\"127.0.0.1:8181\"` is expected, not `8181`",
        ),
        (
            "server = 1",
            "valence.toml:1:1: `server`: a table is expected, not `1`",
        ),
        (
            "[redfish]\n\n  max_documents = 0",
            "valence.toml:3:3: `redfish.max_documents`: a whole number above 0 is expected, not `0`",
        ),
        (
            "[redfish]\ntimeout = 10",
            "valence.toml:2:1: `redfish.timeout`: a duration such as `\"250ms\"` or `\"30s\"` is expected, not `10`",
        ),
        (
            "[redfish]\nmax_document_size = '4MB'",
            "valence.toml:2:1: `redfish.max_document_size`: a size such as `\"64MiB\"` (B, KiB, MiB or GiB) is expected, not `4MB`",
        ),
        (
            "[register]\ntarget = 'active'",
            "valence.toml:2:1: `register.target`: `\"enroll\"`, `\"manageable\"` or `\"available\"` is expected, not `active`",
        ),
        (
            "[register]\nnewer_fields = 'drop'",
            "valence.toml:2:1: `register.newer_fields`: `\"refuse\"` or `\"warn\"` is expected, not `drop`",
        ),
        (
            "[register.defaults]\nproperties = 3",
            "valence.toml:1:11: `register.defaults`: `properties` is to be an object",
        ),
        (
            "[register.defaults.instance_info]\nimage_pull_secret = 'canary'",
            "valence.toml:1:11: `register.defaults`: `/node/instance_info/image_pull_secret`: passwords do not belong into an enrollment: name credentials (`[credentials.NAME]`), or give `redfish_username` and `redfish_password` in the register request",
        ),
        (
            "[credentials.a]\nusername = 'x'\npassword = 'canary'",
            "valence.toml:3:1: `credentials.a.password`: no password is kept in this file; say where it is by `password_file`, `password_env` or `password_command`",
        ),
        (
            "[credentials.a]\nusername = 'x'\npassword_env = 'A'\npassword_file = 'b'",
            "valence.toml:3:1: `credentials.a.password_env`: only one of `password_file`, `password_env` and `password_command` can be given",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x'\ndriver = 'redfish'\ncredentials = 'rack'\n[credentials.rack-a]\nusername = 'x'\npassword_env = 'X'",
            "valence.toml:5:1: `pod_manager[1].credentials`: there is no table of `[credentials]` with the name `rack`; is `rack-a` meant?",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x:canary@y'",
            "valence.toml:3:1: `pod_manager[1].url`: a url such as `\"https://10.0.0.5\"`, with `http` or `https` and no credentials in it, is expected, not what is there",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x'\ndriver = 'redfish'\n[[pod_manager]]\nname = 'A'",
            "valence.toml:6:1: `pod_manager[2].name`: `A` is taken by another pod manager",
        ),
        (
            "[[pod_manager]]\nname = 'a'\nurl = 'https://x'\ndriver = 'redfish'\n[[pod_manager]]\nname = 'b'\nurl = 'https://X/redfish/v1/'",
            "valence.toml:7:1: `pod_manager[2].url`: `https://x/redfish/v1/` is taken by another pod manager",
        ),
        (
            "[[hook]]\nname = 'a'",
            "valence.toml:1:1: `hook[1].path`: it is missing: the path of a component (or `[hooks] directory`) is expected",
        ),
        (
            &format!("{HOOK}'a'\n{HOOK}'a'"),
            "valence.toml:6:1: `hook[2].name`: `a` is taken by another hook",
        ),
        (
            &format!("{HOOK}'seed'"),
            "valence.toml:3:1: `hook[1].name`: `seed` is no name for a hook: `seed`, `defaults`, `request`, `api-version` stand for others where changes are told",
        ),
        (
            &format!("{HOOK}'naming'\n{HOOK}'b'\noverrides = ['namng']\n{HOOK}'c'"),
            "valence.toml:7:1: `hook[2].overrides`: there is no hook earlier in the chain with the name `namng`; is `naming` meant?",
        ),
        (
            &format!("{HOOK}'a'\noverrides = ['b']\n{HOOK}'b'"),
            "valence.toml:4:1: `hook[1].overrides`: there is no hook earlier in the chain with the name `b`",
        ),
        (
            &format!("{HOOK}'a'\nsha256 = 'abc'"),
            "valence.toml:4:1: `hook[1].sha256`: a SHA-256 digest of 64 hexadecimal digits is expected, not `abc`",
        ),
        (
            &format!("{HOOK}'a'\nwrites = ['node/name']"),
            "valence.toml:4:1: `hook[1].writes`: a list of pointers such as `\"/node/properties/*\"`, each with a `/` at its beginning and none at its end, is expected, not a list",
        ),
        (
            &format!("{HOOK}'a'\n[hook.limits]\nmemroy = '1MiB'"),
            "valence.toml:5:1: `hook[1].limits.memroy`: there is no such key; is `memory` meant?",
        ),
        (
            "[ironic]\ncloud = 'a'\nendpoint = 'http://x'",
            "valence.toml:3:1: `ironic.endpoint`: it cannot stand beside `cloud`: `clouds.yaml` tells this",
        ),
        (
            "[ironic]\nverify = false",
            "valence.toml:2:1: `ironic.verify`: it needs an `endpoint` beside it",
        ),
        (
            "[store]\nurl = 'mysql://root:canary@x'",
            "valence.toml:2:1: `store.url`: a url such as `\"sqlite:///path/to/file\"`, `\"sqlite::memory:\"` or `\"postgres://…\"` is expected, not what is there",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), expected);
    }
}

#[test]
fn what_is_no_toml_is_told_without_quoting_it() {
    let told = error("[server]\nlisten = 'canary\n");
    assert!(
        told.starts_with("valence.toml:2:17: this is no TOML: "),
        "{told}"
    );
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn what_would_lock_nobody_out_is_no_door() {
    for (text, expected) in [
        (
            "[api]\nhtpasswd = 'users'",
            "valence.toml:2:1: `api.htpasswd`: it has no meaning with `auth = \"none\"`",
        ),
        (
            "[api]\nauth = 'http_basic'",
            "valence.toml:1:2: `api.htpasswd`: it is missing: the path of a file of users is expected",
        ),
        (
            "[api]\nauth = 'keystone'\nkeystone = 'https://k'\nadmins = ['ann']",
            "valence.toml:4:1: `api.admins`: it has no meaning with `auth = \"keystone\"`",
        ),
        (
            "[api]\nauth = 'http_basic'\nhtpasswd = 'users'\nopen = true",
            "valence.toml:4:1: `api.open`: it has no meaning with `auth = \"http_basic\"`",
        ),
        (
            "[api]\nproxies = ['10.0.0.1', 'proxy.example']",
            "valence.toml:2:1: `api.proxies`: a list of addresses or networks such as `\"10.0.0.5\"` or `\"10.0.0.0/24\"` is expected, not a list",
        ),
        (
            "[api]\nauth = 'noauth'",
            "valence.toml:2:1: `api.auth`: `\"none\"`, `\"http_basic\"` or `\"keystone\"` is expected, not `noauth`",
        ),
    ] {
        assert_eq!(error(text), expected);
    }
}
