//! Which blocks a system is made of, where nobody names them.

use std::collections::BTreeMap;

use crate::redfish::ResourcePath;

/// How much of what: cores of `CPU`, MiB of `MEMORY`, all else by the piece.
pub(super) type Amounts = BTreeMap<String, u64>;

/// A block that is free, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) block: ResourcePath,
    pub(super) amounts: Amounts,
}

/// Blocks that together have what is `wanted`, of one zone, and as few as that takes;
/// each zone is a list of its blocks. None where no zone has it.
pub(super) fn choose(
    offers: &[Offer],
    zones: &[Vec<ResourcePath>],
    wanted: &Amounts,
) -> Option<Vec<ResourcePath>> {
    zones
        .iter()
        .filter_map(|zone| {
            let within = offers.iter().filter(|offer| zone.contains(&offer.block));
            of_one_zone(within.collect(), wanted)
        })
        .min_by_key(Vec::len)
}

fn of_one_zone(offers: Vec<&Offer>, wanted: &Amounts) -> Option<Vec<ResourcePath>> {
    let mut missing = wanted.clone();
    let mut chosen: Vec<&Offer> = Vec::new();
    let mut left = offers;
    while missing.values().any(|amount| *amount > 0) {
        // The one that brings us furthest, and of those the one with least to spare.
        let useful = |offer: &&Offer| -> u64 {
            let share = |(kind, amount): (&String, &u64)| {
                let offered = offer.amounts.get(kind).copied().unwrap_or(0).min(*amount);
                (offered * 1_000)
                    .checked_div(wanted.get(kind).copied().unwrap_or(0))
                    .unwrap_or(0)
            };
            missing.iter().map(share).sum()
        };
        let spare = |offer: &&Offer| -> u64 { offer.amounts.values().sum() };
        let (place, best) = left
            .iter()
            .enumerate()
            .filter(|(_, offer)| useful(offer) > 0)
            .max_by_key(|(place, offer)| {
                (
                    useful(offer),
                    std::cmp::Reverse(spare(offer)),
                    std::cmp::Reverse(*place),
                )
            })
            .map(|(place, offer)| (place, *offer))?;
        left.remove(place);
        for (kind, amount) in &mut missing {
            let offered = best.amounts.get(kind).copied().unwrap_or(0);
            *amount = amount.saturating_sub(offered);
        }
        chosen.push(best);
    }
    Some(
        chosen
            .into_iter()
            .map(|offer| offer.block.clone())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(id: &str) -> ResourcePath {
        format!("/redfish/v1/Blocks/{id}").parse().unwrap()
    }

    fn offer(id: &str, amounts: &[(&str, u64)]) -> Offer {
        Offer {
            block: path(id),
            amounts: amounts
                .iter()
                .map(|(kind, n)| ((*kind).to_owned(), *n))
                .collect(),
        }
    }

    #[test]
    fn as_few_blocks_of_one_zone_as_will_do_are_chosen() {
        let offers = [
            offer("big", &[("CPU", 64), ("MEMORY", 512), ("GPU", 4)]),
            offer("small", &[("CPU", 16), ("MEMORY", 64)]),
            offer("nic", &[("NIC", 2)]),
            offer("elsewhere", &[("CPU", 16), ("NIC", 2)]),
        ];
        let zones = [
            vec![path("big"), path("small"), path("nic")],
            vec![path("elsewhere")],
        ];
        let chosen = |wanted: &[(&str, u64)]| {
            let wanted = offer("", wanted).amounts;
            let chosen = choose(&offers, &zones, &wanted)?;
            Some(
                chosen
                    .iter()
                    .map(|path| path.last_segment().to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        for (wanted, expected) in [
            (&[("CPU", 8), ("MEMORY", 32)][..], Some(vec!["small"])),
            (&[("CPU", 80)], Some(vec!["big", "small"])),
            (&[("CPU", 8), ("NIC", 1)], Some(vec!["elsewhere"])),
            (&[("GPU", 1), ("NIC", 1)], Some(vec!["nic", "big"])),
            (&[("CPU", 81)], None),
            (&[("FPGA", 1)], None),
        ] {
            let mut found = chosen(wanted);
            let mut expected = expected;
            found.iter_mut().for_each(|list| list.sort());
            expected.iter_mut().for_each(|list| list.sort_unstable());
            assert_eq!(
                found.as_deref(),
                expected
                    .map(|list| list.into_iter().map(str::to_owned).collect::<Vec<_>>())
                    .as_deref(),
                "{wanted:?}"
            );
        }
    }
}
