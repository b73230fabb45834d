//! Secrets that services put into their documents, blanked out.

use serde_json::{Map, Value};

use crate::secret::MASK;
use crate::text::names_secret;

/// Blanks the values of all password-like properties of `document`, at any
/// depth: text and numbers become [`MASK`]. Empty text, null and booleans stay,
/// so that one can still see that nothing is set.
///
/// Also blanked are the value in an entry that is *named* like a password
/// (`{"Name": "SetupPassword", "Value": …}`), the account in a URL, and private
/// keys in PEM. References and the names of actions stay as they are.
pub fn redact(document: &mut Value) {
    match document {
        Value::Object(object) => redact_object(object),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::String(text) => redact_text(text),
        _ => {}
    }
}

fn redact_object(object: &mut Map<String, Value>) {
    let named_secret = ["Name", "AttributeName", "Key", "Id"]
        .iter()
        .filter_map(|key| object.get(*key)?.as_str())
        .any(names_secret);
    for (key, value) in object {
        let value_of_named = named_secret && key.to_ascii_lowercase().ends_with("value");
        // `#Bios.ChangePassword` is an action, `Password@Redfish.AllowableValues` is not the password.
        if key.contains(['#', '@']) || !(names_secret(key) || value_of_named) {
            redact(value);
        } else {
            blank(value);
        }
    }
}

fn blank(value: &mut Value) {
    match value {
        Value::String(text) if text.is_empty() => {}
        Value::String(_) | Value::Number(_) => *value = MASK.into(),
        Value::Array(items) => items.iter_mut().for_each(blank),
        Value::Object(object) => object
            .iter_mut()
            .filter(|(key, _)| !key.contains('@'))
            .for_each(|(_, value)| blank(value)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn redact_text(text: &mut String) {
    if text.contains("PRIVATE KEY-----") {
        MASK.clone_into(text);
        return;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((account, _)) = authority.rsplit_once('@') {
        *text = format!(
            "{scheme}://{MASK}{}",
            rest.get(account.len()..).unwrap_or_default()
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        let mut document = json!({
            "@odata.id": "/redfish/v1/Systems/1/Bios",
            "Name": "BIOS Configuration",
            "Actions": {"#Bios.ChangePassword": {"target": "/redfish/v1/Systems/1/Bios/Actions/Bios.ChangePassword"}},
            "Attributes": {
                "BootMode": "Uefi",
                "SetupPassword": null,
                "SysPassword": "",
                "SHA256SetupPasswordSalt": "4EB3FD9F",
                "IscsiDev1Con1ChapSecret": "canary",
                "PasswordRequired": true,
            },
            "Users.2.Password": "canary",
            "Pin": {"Passphrase": {"value": "canary", "digits": [1234]}},
            "Tokens": [{"@odata.id": "/redfish/v1/Tokens/1", "AuthToken": "canary"}],
            "Oem": {"List": [{"AttributeName": "UserPassword", "CurrentValue": "canary", "Type": "String"}]},
            "Image": "https://me:canary@images.example/a.iso?x=1@2",
            "Mail": "admin@example.org",
            "Pem": "-----BEGIN EC PRIVATE KEY-----\ncanary",
            "PartNumber": "1234",
        });
        redact(&mut document);
        assert_eq!(
            document,
            json!({
                "@odata.id": "/redfish/v1/Systems/1/Bios",
                "Name": "BIOS Configuration",
                "Actions": {"#Bios.ChangePassword": {"target": "/redfish/v1/Systems/1/Bios/Actions/Bios.ChangePassword"}},
                "Attributes": {
                    "BootMode": "Uefi",
                    "SetupPassword": null,
                    "SysPassword": "",
                    "SHA256SetupPasswordSalt": "******",
                    "IscsiDev1Con1ChapSecret": "******",
                    "PasswordRequired": true,
                },
                "Users.2.Password": "******",
                "Pin": {"Passphrase": {"value": "******", "digits": ["******"]}},
                "Tokens": [{"@odata.id": "/redfish/v1/Tokens/1", "AuthToken": "******"}],
                "Oem": {"List": [{"AttributeName": "UserPassword", "CurrentValue": "******", "Type": "String"}]},
                "Image": "https://******@images.example/a.iso?x=1@2",
                "Mail": "admin@example.org",
                "Pem": "******",
                "PartNumber": "1234",
            })
        );
    }

    /// As iDRACs and iLOs have them.
    #[test]
    fn keys_of_snmp_and_ipmi_and_communities_are_secrets_and_switches_are_not() {
        let mut attributes = json!({
            "Attributes": {
                "Users.2.SHA1v3Key": "canary",
                "Users.2.MD5v3Key": "canary",
                "Users.2.IPMIKey": "canary",
                "Users.2.SNMPv3Enable": "Enabled",
                "SNMP.1.AgentCommunity": "canary",
                "SNMP.1.AgentEnable": "Enabled",
            },
            "Registry": [{"AttributeName": "Users.3.SHA1v3Key", "CurrentValue": "canary", "MaxLength": 64}],
            "ReadCommunities": ["canary", "", "canary"],
            "CommunityStrings": [{"CommunityString": "canary", "Name": ""}],
            "HideCommunityStrings": true,
            "SNMPv3AuthProtocol": "SHA",
        });
        redact(&mut attributes);
        assert_eq!(
            attributes,
            json!({
                "Attributes": {
                    "Users.2.SHA1v3Key": "******",
                    "Users.2.MD5v3Key": "******",
                    "Users.2.IPMIKey": "******",
                    "Users.2.SNMPv3Enable": "Enabled",
                    "SNMP.1.AgentCommunity": "******",
                    "SNMP.1.AgentEnable": "Enabled",
                },
                "Registry": [{"AttributeName": "Users.3.SHA1v3Key", "CurrentValue": "******", "MaxLength": 64}],
                "ReadCommunities": ["******", "", "******"],
                "CommunityStrings": [{"CommunityString": "******", "Name": ""}],
                "HideCommunityStrings": true,
                "SNMPv3AuthProtocol": "SHA",
            })
        );
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_password_survives(before in "[A-Za-z0-9_.]{0,8}", after in "[A-Za-z0-9_.]{0,8}") {
            for word in ["Password", "PASS-WORD", "pass_word", "Shared Secret"] {
                let mut document = json!({"Oem": [{format!("{before}{word}{after}"): "canary"}]});
                redact(&mut document);
                prop_assert!(!document.to_string().contains("canary"));
            }
        }
    }
}
