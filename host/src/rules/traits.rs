//! Traits of nodes.

use super::check::Violation;
use crate::enrollment::{Enrollment, child};
use crate::text::{nearest, tame};

/// One standard trait a line, `#` before a comment.
const STANDARD: &str = include_str!("os_traits.txt");

const MOST: usize = 50;
const LONGEST: usize = 255;

pub(super) fn check(enrollment: &Enrollment, found: &mut Vec<Violation>) {
    if enrollment.traits.len() > MOST {
        found.push(Violation::at(
            "/traits",
            format!(
                "a node has at most {MOST} traits, and these are {}",
                enrollment.traits.len()
            ),
        ));
    }
    for name in &enrollment.traits {
        if let Some(message) = problem(name) {
            found.push(Violation::at(child("/traits", name), message));
        }
    }
}

fn problem(name: &str) -> Option<String> {
    if name.len() > LONGEST {
        return Some(format!("a trait has at most {LONGEST} characters"));
    }
    if let Some(custom) = name.strip_prefix("CUSTOM_") {
        let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        return (custom.is_empty() || !custom.bytes().all(legal))
            .then(|| "after `CUSTOM_` a trait has capital letters, digits and `_` only".into());
    }
    if standard().any(|known| known == name) {
        return None;
    }
    let name = tame(name, 60);
    Some(match nearest(&name, standard()) {
        Some(near) => format!("`{name}` is no standard trait; did you mean `{near}`?"),
        None => format!("`{name}` is no standard trait, and a site's own begin with `CUSTOM_`"),
    })
}

fn standard() -> impl Iterator<Item = &'static str> {
    STANDARD.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_standard_or_custom() {
        for name in ["HW_CPU_X86_AVX2", "CUSTOM_SITE_A1", "STORAGE_DISK_SSD"] {
            assert_eq!(problem(name), None, "{name}");
        }
        for name in [
            "",
            "CUSTOM_",
            "CUSTOM_gpu",
            "CUSTOM_A-B",
            "GPU",
            "custom_gpu",
            "HW_CPU_X86_AVX9000",
            "# The standard traits",
            "CUSTOM_É",
        ] {
            assert!(problem(name).is_some(), "{name}");
        }
        assert!(problem(&format!("CUSTOM_{}", "A".repeat(249))).is_some());
        assert_eq!(
            problem("HW_CPU_X86_AVX_2"),
            Some("`HW_CPU_X86_AVX_2` is no standard trait; did you mean `HW_CPU_X86_AVX2`?".into())
        );
    }
}
