//! Says which disk the operating system goes to.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::Drive;
use valence_hook::text::matches;
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, because, json};

/// Which disk it is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What disks are looked for, in this order: the first that some disk fits decides.
    rules: Vec<Rule>,
    /// What becomes of a node without such a disk.
    #[serde(default)]
    unknown: Unknown,
}

/// What a disk has to be. Globs (`*`, `?`) take no notice of case; what is left out fits every
/// disk, what Redfish does not say fits nothing that is asked for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Rule {
    /// A glob for the model.
    model: Option<String>,
    /// A glob for the name.
    name: Option<String>,
    /// HDD, SSD, …
    media: Option<String>,
    /// NVMe, SAS, SATA, …
    protocol: Option<String>,
    /// The least size, in GiB.
    min_gib: Option<u64>,
    /// The greatest size, in GiB.
    max_gib: Option<u64>,
    /// Which of several: the first in the order of the service among those of one size.
    prefer: Prefer,
}

/// Which of several disks.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Prefer {
    /// The smallest.
    #[default]
    Smallest,
    /// The largest.
    Largest,
}

/// What becomes of a node without such a disk.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    /// It is not registered.
    #[default]
    Deny,
    /// Ironic chooses the disk.
    Leave,
}

const GIB: u64 = 1 << 30;

struct RootDevice;

impl Map for RootDevice {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let drives = registration.drives()?;
        match choose(&settings.rules, &drives) {
            Ok((drive, number)) => {
                because(
                    "/node/properties/root_device",
                    format!("rule {number} fits {}", describe(drive)),
                );
                apply(drive, enrollment);
                Ok(())
            }
            Err(text) => match settings.unknown {
                Unknown::Leave => Ok(()),
                Unknown::Deny => Err(Error::Denied(text)),
            },
        }
    }
}

impl Configure for RootDevice {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        let is_empty = |rule: &Rule| {
            let bounds = rule.min_gib.zip(rule.max_gib);
            bounds.is_some_and(|(least, most)| least > most)
        };
        match settings.rules.iter().position(is_empty) {
            Some(place) => Err(format!(
                "rule {} has a `min_gib` above its `max_gib`",
                place + 1
            )),
            None => Ok(()),
        }
    }
}

valence_hook::export!(RootDevice: Map, Configure);

/// The disk, and the number of the rule that chose it; or why there is none.
fn choose<'a>(rules: &[Rule], drives: &'a [Drive]) -> Result<(&'a Drive, usize), String> {
    for (number, rule) in (1..).zip(rules) {
        let fitting = drives.iter().filter(|drive| rule.fits(drive));
        // Of a disk of unknown size nobody can say that it is the smallest.
        let sized = fitting.filter_map(|drive| Some((drive, drive.capacity_bytes?)));
        let chosen = match rule.prefer {
            Prefer::Smallest => sized.min_by_key(|(_, bytes)| *bytes),
            // The first of the largest: `max_by_key` would take the last.
            Prefer::Largest => sized.min_by_key(|(_, bytes)| u64::MAX - bytes),
        };
        let Some((drive, _)) = chosen else { continue };
        return match drive.serial_number.is_some() || drive.wwn.is_some() {
            true => Ok((drive, number)),
            false => Err(format!(
                "nothing tells {} from other disks: Redfish gives neither serial number nor wwn",
                describe(drive)
            )),
        };
    }
    let known: Vec<_> = drives.iter().map(describe).collect();
    Err(match known.is_empty() {
        true => "Redfish lists no disk".into(),
        false => format!("no rule fits a disk of this node: {}", known.join(", ")),
    })
}

/// Serial number and WWN as Linux has them, by which Ironic's agent finds the disk.
fn apply(drive: &Drive, enrollment: &mut Enrollment) {
    let hint = match (&drive.serial_number, &drive.wwn) {
        (Some(serial), _) => json!({ "serial": serial }),
        (None, Some(wwn)) => json!({ "wwn": linux_wwn(wwn, drive.protocol.as_deref()) }),
        (None, None) => return,
    };
    enrollment.set_property("root_device", hint);
    // As Ironic's inspection counts: the rest of a GiB goes to partition tables.
    let gib = drive
        .capacity_bytes
        .map(|bytes| (bytes / GIB).saturating_sub(1));
    enrollment.set_property("local_gb", gib);
}

fn linux_wwn(wwn: &str, protocol: Option<&str>) -> String {
    let bare = wwn.to_lowercase();
    let bare = bare.trim_start_matches("0x").trim_start_matches("eui.");
    match protocol {
        Some("NVMe") => format!("eui.{bare}"),
        _ => format!("0x{bare}"),
    }
}

fn describe(drive: &Drive) -> String {
    let name = drive.model.as_ref().or(drive.name.as_ref());
    let size = drive
        .capacity_bytes
        .map(|bytes| format!("{} GiB", bytes / GIB));
    format!(
        "`{}` ({})",
        name.map_or("a disk", String::as_str),
        size.as_deref().unwrap_or("of unknown size")
    )
}

impl Rule {
    fn fits(&self, drive: &Drive) -> bool {
        let glob = |glob: &Option<String>, text: &Option<String>| {
            glob.as_ref()
                .is_none_or(|glob| text.as_ref().is_some_and(|text| matches(glob, text)))
        };
        // In whole GiB, as they are told.
        let own = drive.capacity_bytes.map(|bytes| bytes / GIB);
        let size = |bound: Option<u64>, holds: fn(u64, u64) -> bool| {
            bound.is_none_or(|bound| own.is_some_and(|own| holds(own, bound)))
        };
        glob(&self.model, &drive.model)
            && glob(&self.name, &drive.name)
            && glob(&self.media, &drive.media)
            && glob(&self.protocol, &drive.protocol)
            && size(self.min_gib, |own, least| own >= least)
            && size(self.max_gib, |own, most| own <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(model: &str, gib: u64, serial: Option<&str>) -> Drive {
        Drive {
            model: Some(model.into()),
            capacity_bytes: (gib > 0).then_some(gib * GIB),
            serial_number: serial.map(str::to_owned),
            ..Drive::default()
        }
    }

    fn chosen(rules: &[Rule], drives: &[Drive]) -> Result<(String, usize), String> {
        let (drive, number) = choose(rules, drives)?;
        Ok((drive.serial_number.clone().unwrap_or_default(), number))
    }

    #[test]
    fn the_first_rule_that_a_disk_fits_decides() {
        let drives = [
            drive("big", 1000, Some("B1")),
            drive("big", 1000, Some("B2")),
            drive("small", 200, Some("S1")),
            drive("odd", 0, Some("O1")),
        ];
        let boss = || Rule {
            model: Some("*BOSS*".into()),
            ..Rule::default()
        };
        let rule = |prefer, least| Rule {
            min_gib: least,
            prefer,
            ..Rule::default()
        };
        for (rules, expected) in [
            (vec![boss(), rule(Prefer::Smallest, None)], ("S1", 2)),
            (vec![rule(Prefer::Largest, None)], ("B1", 1)),
            (vec![rule(Prefer::Smallest, Some(201))], ("B1", 1)),
        ] {
            let expected = (expected.0.to_owned(), expected.1);
            assert_eq!(chosen(&rules, &drives), Ok(expected));
        }
        assert_eq!(
            chosen(&[boss()], &drives[2..]).unwrap_err(),
            "no rule fits a disk of this node: `small` (200 GiB), `odd` (of unknown size)"
        );
        assert_eq!(chosen(&[boss()], &[]).unwrap_err(), "Redfish lists no disk");
        let nameless = [drive("x", 9, None)];
        let refused = chosen(&[Rule::default()], &nameless).unwrap_err();
        assert!(
            refused.starts_with("nothing tells `x` (9 GiB)"),
            "{refused}"
        );
    }

    #[test]
    fn a_wwn_is_written_as_linux_does() {
        for (wwn, protocol, expected) in [
            ("31402EC018316334", Some("SATA"), "0x31402ec018316334"),
            ("0x5000C500", None, "0x5000c500"),
            ("0025389A210108DA", Some("NVMe"), "eui.0025389a210108da"),
            ("eui.0025389A", Some("NVMe"), "eui.0025389a"),
        ] {
            assert_eq!(linux_wwn(wwn, protocol), expected);
        }
    }
}
