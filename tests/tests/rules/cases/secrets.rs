//! Of what would be a secret.

use super::*;

pub(super) fn of_secrets() -> Vec<Rule> {
    vec![
        rule(
            "a mask is no secret",
            [
                stricter(
                    "/node/driver_info/x_password",
                    node(json!({"driver_info": {"x_password": "******"}})),
                ),
                stricter(
                    "/node/driver_info/a/b",
                    node(json!({"driver_info": {"a": {"b": "******"}}})),
                ),
                stricter(
                    "/node/instance_info/a",
                    node(json!({"instance_info": {"a": "******"}})),
                ),
                taken(node(json!({"extra": {"a": "******"}}))),
            ],
        ),
        rule(
            "no passwords in an enrollment",
            [
                stricter(
                    "/node/driver_info/ipmi_password",
                    node(json!({"driver_info": {"ipmi_password": "canary"}})),
                ),
                stricter(
                    "/node/driver_info/a/0/api_token",
                    node(json!({"driver_info": {"a": [{"api_token": "canary"}]}})),
                ),
                stricter(
                    "/node/driver_info/snmp_community",
                    node(json!({"driver_info": {"snmp_community": "canary"}})),
                ),
                stricter(
                    "/node/instance_info/image_pull_secret",
                    node(json!({"instance_info": {"image_pull_secret": "canary"}})),
                ),
                taken(node(
                    json!({"extra": {"api_token": "t"}, "properties": {"license_key": "k"}}),
                )),
            ],
        ),
    ]
}
