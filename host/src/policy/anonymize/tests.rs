use proptest::prelude::*;
use serde_json::json;

use super::*;

type Documents = BTreeMap<ResourcePath, Value>;

fn documents(all: Value) -> Documents {
    let Value::Object(all) = all else {
        unreachable!()
    };
    all.into_iter()
        .map(|(path, body)| (path.parse().unwrap(), body))
        .collect()
}

fn anonymized(anonymizer: &Anonymizer, all: Value) -> Value {
    let all = anonymizer.anonymize(&documents(all)).unwrap().documents;
    all.into_iter()
        .map(|(path, body)| (path.to_string(), body))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn machine() -> Value {
    json!({
        "/redfish/v1/Systems/CZJ1234ABC": {
            "@odata.id": "/redfish/v1/Systems/CZJ1234ABC",
            "@odata.type": "#ComputerSystem.v1_13_0.ComputerSystem",
            "Id": "CZJ1234ABC",
            "Name": "System",
            "Manufacturer": "HPE",
            "Model": "ProLiant DL325",
            "SKU": "P19720-B21",
            "SerialNumber": " CZJ1234ABC ",
            "AssetTag": "Not Specified",
            "UUID": "4C4C4544-0042-3010-8056-B4C04F4A4733",
            "HostName": "web43",
            "BiosVersion": "1.2.3.4",
            "Description": "web43.dc1.example.com (CZJ1234ABC), see https://web43.dc1.example.com:8443/ui or 192.0.2.7.",
            "Oem": {"Ext": [
                {"UefiDevicePath": "PciRoot(0x0)/Pci(0x1,0x0)/MAC(B83FD29097C4,0x1)/IPv4(0.0.0.0)"},
                {"AttributeName": "SystemServiceTag", "CurrentValue": "JTG3C42"},
                {"CodeOfService": "JTG3C42", "Number": {"SerialNumber": 123_456}},
            ]},
        },
        "/redfish/v1/Systems/CZJ1234ABC/EthernetInterfaces/b8%3A3f%3Ad2%3A90%3A97%3Ac4": {
            "Id": "NIC.b83fd29097c4",
            "MACAddress": "B8:3F:D2:90:97:C4",
            "PermanentMACAddress": "b8-3f-d2-90-97-c4",
            "FactoryMacAddress": "00:a0:c9:00:00:00",
            "IPv4Addresses": [{"Address": "192.0.2.7", "SubnetMask": "255.255.255.0", "Gateway": "0.0.0.0"}],
            "IPv6Addresses": [{"Address": "fe80::ba3f:d2ff:fe90:97c4"}, {"Address": "2001:db8::43"}],
            "NameServers": ["192.0.2.53", "ns1.example.com"],
            "Link": {"@odata.id": "/redfish/v1/Systems/CZJ1234ABC#/Boot"},
            "Identifiers": [{"DurableName": "20:00:b8:3f:d2:90:97:c4"}, {"DurableName": "iqn.1988-11.com.dell:01.JTG3C42x9"}],
        },
    })
}

#[test]
fn one_machine_becomes_another_of_the_same_form() {
    insta::assert_json_snapshot!(anonymized(&Anonymizer::default(), machine()));
}

#[test]
fn the_seed_changes_all_and_the_manufacturers_half_of_a_mac_may_stay() {
    let [default, other, oui] = [
        Anonymizer::default(),
        Anonymizer {
            seed: "ours".into(),
            ..Anonymizer::default()
        },
        Anonymizer {
            keep_oui: true,
            ..Anonymizer::default()
        },
    ]
    .map(|anonymizer| anonymizer.anonymize(&documents(machine())).unwrap());
    let texts = |all: &Anonymized| format!("{:?}", all.documents);
    assert_ne!(texts(&default), texts(&other));
    assert_eq!(default.replaced, other.replaced);
    assert!(texts(&oui).contains("\"B8:3F:D2:") && !texts(&default).contains("\"B8:3F:D2:"));
    assert!(!texts(&oui).contains("90:97:C4"));
}

#[test]
fn words_that_documents_are_made_of_stay() {
    let all = json!({"/redfish/v1/Systems/System": {
        "Id": "System", "HostName": "system", "AssetTag": "ProLiant", "Model": "ProLiant DL325",
        "SerialNumber": "12", "MemorySummary": {"TotalSystemMemoryGiB": 12}, "Slots": ["12"],
    }});
    let all = anonymized(&Anonymizer::default(), all);
    let system = &all["/redfish/v1/Systems/System"];
    assert_eq!(system["Model"], "ProLiant DL325");
    assert_eq!(system["Slots"], json!(["12"]));
    for own in ["HostName", "AssetTag", "SerialNumber"] {
        assert!(
            !["system", "ProLiant", "12"].contains(&system[own].as_str().unwrap()),
            "{own}"
        );
    }
}

/// What one machine has, in the spelling of its digits and letters.
#[derive(Clone, Debug)]
struct Own {
    serial: String,
    tag: String,
    host: String,
    mac: [u8; 6],
    uuid: [u8; 16],
    wwn: [u8; 8],
    ipv4: [u8; 4],
    ipv6: [u16; 8],
}

fn own() -> impl Strategy<Value = Own> {
    let mac = any::<[u8; 6]>().prop_map(|[a, b, c, d, e, f]| [a & 0xfe | 4, b, c, d, e, f]);
    let ipv4 = (11..=120_u8, any::<[u8; 2]>(), 1..=254_u8).prop_map(|(a, [b, c], d)| [a, b, c, d]);
    let ipv6 = any::<[u16; 7]>().prop_map(|[b, c, d, e, f, g, h]| [0x2001, b, c, d, e, f, g, h]);
    (
        "[A-Z]{2}[0-9]{3}[A-Z0-9]{4,8}",
        "[A-Z]{3}-[0-9]{5,8}",
        "[a-z]{3,6}[0-9]{2}[a-z][0-9]",
        mac,
        any::<[u8; 16]>(),
        any::<[u8; 8]>(),
        ipv4,
        ipv6,
    )
        .prop_map(|(serial, tag, host, mac, uuid, wwn, ipv4, ipv6)| Own {
            serial,
            tag,
            host,
            mac,
            uuid,
            wwn,
            ipv4,
            ipv6,
        })
}

fn hex(bytes: &[u8], between: &str) -> String {
    let octets: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    octets.join(between)
}

impl Own {
    fn uuid(&self) -> String {
        uuid::Uuid::from_bytes(self.uuid).to_string()
    }

    fn ipv4(&self) -> String {
        std::net::Ipv4Addr::from(self.ipv4).to_string()
    }

    fn ipv6(&self) -> String {
        std::net::Ipv6Addr::from(self.ipv6).to_string()
    }

    /// Two documents with each value as that of its property, and in other places
    /// and spellings.
    fn documents(&self) -> Value {
        let (serial, tag, host) = (&self.serial, &self.tag, &self.host);
        let (uuid, mac) = (self.uuid(), hex(&self.mac, ":"));
        let bare = hex(&self.mac, "").to_uppercase();
        json!({
            format!("/redfish/v1/Systems/{serial}"): {
                "SerialNumber": serial, "AssetTag": tag, "HostName": host, "UUID": uuid.to_uppercase(),
                "Identifiers": [{"DurableName": hex(&self.wwn, ":")}],
                "IPv4Addresses": [{"Address": self.ipv4()}], "IPv6Addresses": [{"Address": self.ipv6()}],
                "MACAddress": mac.to_uppercase(),
                "Text": format!("{host}, {tag}: {} [{}] {uuid} {}", self.ipv4(), self.ipv6(), hex(&self.mac, "-")),
            },
            format!("/redfish/v1/Chassis/{uuid}/NetworkAdapters/{}", hex(&self.mac, "%3A")): {
                "Device": format!("PciRoot(0x0)/MAC({bare},0x0)/IPv4({},0x0)", self.ipv4()),
                "Link": {"@odata.id": format!("/redfish/v1/Systems/{}#/{mac}", serial.to_lowercase())},
                "Bare": [bare, uuid.replace('-', ""), hex(&self.wwn, ""), format!("SN{serial}")],
                "Url": format!("https://{host}.example.org:443/{serial}"),
                "Keyed": {tag.clone(): {"of": host}},
            },
        })
    }

    /// Every spelling of every value, in lower case.
    fn spellings(&self) -> Vec<String> {
        let mut all = vec![
            self.serial.to_lowercase(),
            self.tag.to_lowercase(),
            self.host.clone(),
        ];
        for between in ["", ":", "-", "%3a"] {
            all.push(hex(&self.mac, between));
            all.push(hex(&self.wwn, between));
        }
        all.extend([
            self.uuid(),
            self.uuid().replace('-', ""),
            self.ipv4(),
            self.ipv6(),
        ]);
        all
    }
}

proptest! {
    #[test]
    fn nothing_is_left_in_any_spelling(own in own(), keep_oui: bool) {
        let anonymizer = Anonymizer { seed: String::new(), keep_oui };
        let text = anonymized(&anonymizer, own.documents()).to_string().to_lowercase();
        for spelling in own.spellings() {
            prop_assert!(!text.contains(&spelling), "`{}` is left in {}", spelling, text);
        }
    }

    #[test]
    fn the_same_is_replaced_by_the_same_in_its_form(own in own()) {
        let anonymizer = Anonymizer::default();
        let all = anonymized(&anonymizer, own.documents());
        prop_assert_eq!(&all, &anonymized(&anonymizer, own.documents()));
        // What came out are the documents of another such machine.
        let all = all.as_object().unwrap();
        let system = all.iter().find(|(path, _)| path.contains("Systems")).unwrap().1;
        let text = |key: &str| system[key].as_str().unwrap().to_owned();
        let octets = |text: &str| -> Vec<u8> {
            text.split(':').map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect()
        };
        let other = Own {
            serial: text("SerialNumber"),
            tag: text("AssetTag"),
            host: text("HostName"),
            mac: octets(&text("MACAddress")).try_into().unwrap(),
            uuid: text("UUID").parse::<uuid::Uuid>().unwrap().into_bytes(),
            wwn: octets(system["Identifiers"][0]["DurableName"].as_str().unwrap()).try_into().unwrap(),
            ipv4: system["IPv4Addresses"][0]["Address"].as_str().unwrap().parse::<std::net::Ipv4Addr>().unwrap().octets(),
            ipv6: system["IPv6Addresses"][0]["Address"].as_str().unwrap().parse::<std::net::Ipv6Addr>().unwrap().segments(),
        };
        // The domain is replaced by one of its own.
        let without_url = |all: &serde_json::Map<String, Value>| {
            let mut text = Value::Object(all.clone());
            for (_, body) in text.as_object_mut().unwrap() {
                body.as_object_mut().unwrap().remove("Url");
            }
            text
        };
        let expected = other.documents();
        // Digits alone have no case, and what replaces them has.
        let folded = |all| without_url(all).to_string().to_lowercase();
        prop_assert_eq!(folded(all), folded(expected.as_object().unwrap()));
    }

    #[test]
    fn two_machines_stay_two(one in own(), other in own()) {
        prop_assume!(one.serial != other.serial && one.mac != other.mac);
        let mut all = one.documents();
        for (path, body) in other.documents().as_object().unwrap() {
            all.as_object_mut().unwrap().insert(path.clone(), body.clone());
        }
        let count = all.as_object().unwrap().len();
        let all = anonymized(&Anonymizer::default(), all);
        prop_assert_eq!(all.as_object().unwrap().len(), count);
    }

    #[test]
    fn no_text_breaks_it(key in "\\PC{0,12}", texts in prop::collection::vec("\\PC{0,40}", 0..6)) {
        let all = json!({"/redfish/v1": {key: texts, "SerialNumber": texts, "HostName": texts, "UUID": texts}});
        let all = Anonymizer::default().anonymize(&documents(all));
        prop_assert!(all.is_ok());
    }
}
