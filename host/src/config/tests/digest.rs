//! By what configurations of servers that share a database are told apart.

use super::written;

fn digest(text: &str) -> String {
    written(text).load([]).ok().unwrap().digest()
}

#[test]
fn what_is_a_machines_own_makes_no_difference() {
    let of = |directory: &str, own: &str| {
        digest(&format!(
            "[server]\nlisten = '127.0.0.1:{own}'\n\
             [server.tls]\ncert = '{directory}/{own}.pem'\nkey = '{directory}/{own}.key'\n\
             [server.limits]\nconnections = {own}\n\
             [api]\nauth = 'http_basic'\nhtpasswd = '{directory}/users'\n\
             [hooks]\ncache = '{directory}/cache'\n\
             [ironic]\nendpoint = 'https://ironic.example'\ncacert = '{directory}/ca.pem'\n\
             [credentials.a]\nusername = 'x'\npassword_file = '{directory}/a'\n\
             [[pod_manager]]\nname = 'a'\nurl = 'https://a.example'\ndriver = 'redfish'\n\
             verify_ca = '{directory}/a.pem'"
        ))
    };
    assert_eq!(of("/one", "8181"), of("/two", "8182"));
}

#[test]
fn what_is_to_be_the_same_makes_one() {
    let pod_manager =
        "[[pod_manager]]\nname = 'a'\nurl = 'https://a.example'\ndriver = 'redfish'\n";
    let plain = digest(pod_manager);
    for more in [
        "verify_ca = false",
        "ironic_verify_ca = '/on/the/conductor.pem'",
        "[redfish]\ncache = '1MiB'",
        "[hooks]\ncache = false",
        "[register]\ntarget = 'available'",
    ] {
        assert_ne!(digest(&format!("{pod_manager}{more}")), plain, "{more}");
    }
}
