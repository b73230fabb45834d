//! What hooks may not read, whatever link leads there.

use super::ResourcePath;

/// Resources that are about who may enter, not about the node: accounts,
/// sessions, keys, certificates, subscribers and other services with their
/// credentials. In lower case.
const FORBIDDEN: [&str; 15] = [
    "accounts",
    "accountservice",
    "aggregationsources",
    "certificates",
    "certificateservice",
    "eventservice",
    "externalaccountproviders",
    "keymanagement",
    "keys",
    "keyservice",
    "outboundconnections",
    "remoteaccountservice",
    "sessions",
    "sessionservice",
    "subscriptions",
];

/// Whether hooks may not read the resource at `path`: it, or one that it belongs
/// to, is of a kind that is no hook's business. Escapes and case make no
/// difference.
///
/// Whether it belongs to another system is for the caller to say, who knows the
/// node.
pub fn forbidden_to_hooks(path: &ResourcePath) -> bool {
    path.folded()
        .split('/')
        .any(|segment| FORBIDDEN.contains(&segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_sessions_and_keys_are_forbidden_in_any_spelling() {
        for (link, forbidden) in [
            ("/redfish/v1/AccountService", true),
            ("/redfish/v1/accountservice/Accounts/1", true),
            ("/redfish/v1/%41ccountService", true),
            ("/redfish/v1/Managers/1/RemoteAccountService/Accounts", true),
            ("/redfish/v1/SessionService/Sessions/7", true),
            ("/redfish/v1/Systems/1/Certificates/1", true),
            ("/redfish/v1/Systems/1/Storage/1/Drives/1/Keys", true),
            ("/redfish/v1", false),
            ("/redfish/v1/Systems/1/Bios", false),
            ("/redfish/v1/Systems/keyservice-lab", false),
        ] {
            assert_eq!(
                forbidden_to_hooks(&link.parse().unwrap()),
                forbidden,
                "{link}"
            );
        }
        let page = ResourcePath::page("/redfish/v1/SessionService?$skip=1").unwrap();
        assert!(forbidden_to_hooks(&page));
    }
}
