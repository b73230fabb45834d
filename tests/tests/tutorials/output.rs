//! Output as a page shows it, and as it is.

/// What differs from one machine, or one build, to the next: numbers before these
/// words.
const MEASURES: [&str; 4] = ["of fuel", "ms)", "KiB", "µs"];

/// Whether `printed` is what is `shown`: line by line, but for numbers that are measured,
/// digests, all numbers in tables and the widths of their columns. A line `...` stands
/// for any number of lines.
pub(super) fn same(shown: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = shown.split_first() else {
        return printed.is_empty();
    };
    if first == "..." {
        return (0..=printed.len()).any(|skipped| same(rest, &printed[skipped..]));
    }
    match printed.split_first() {
        Some((line, left)) => tamed(first) == tamed(line) && same(rest, left),
        None => false,
    }
}

/// `line` without what differs.
fn tamed(line: &str) -> String {
    let is_table = line.starts_with(['|', '+']);
    let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let tame = |(place, word): (usize, &&str)| {
        let after = words.get(place + 1..).unwrap_or_default().join(" ");
        let bare = word.trim_start_matches('(');
        let measured = MEASURES.iter().any(|measure| after.starts_with(measure));
        if (is_table || measured) && is_number(bare) {
            return word.replace(bare, "N");
        }
        match bare.strip_prefix("sha256:") {
            Some(_) => "sha256:N".to_owned(),
            None => (*word).to_owned(),
        }
    };
    let line = words
        .iter()
        .enumerate()
        .map(tame)
        .collect::<Vec<_>>()
        .join(" ");
    match is_table {
        true => squeezed(&line),
        false => line,
    }
}

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches(['+', '-']);
    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// `line` with one of each run of `-` and `=`.
fn squeezed(line: &str) -> String {
    let mut last = ' ';
    let keep = |c: &char| {
        let again = *c == last && matches!(c, '-' | '=');
        last = *c;
        !again
    };
    line.chars().filter(keep).collect()
}

#[test]
fn what_is_measured_may_differ_and_nothing_else() {
    let same = |shown: &str, printed: &str| {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        same(&lines(shown), &lines(printed))
    };
    for (shown, printed) in [
        (
            "pass a (103041 of fuel, 14 ms)",
            "pass a (99 of fuel, 2 ms)",
        ),
        ("made `a` (132 KiB; mapping)", "made `a` (9 KiB; mapping)"),
        ("| a | 12   | -1.5 % |", "| a |  1234 | +2 % |"),
        ("+---+\n...\nend", "+--------+\nx\ny\nend"),
        ("a\n...", "a"),
        ("sha256:ab", "sha256:cd"),
    ] {
        assert!(same(shown, printed), "{shown}: {printed}");
    }
    for (shown, printed) in [
        ("2 passed, 0 failed", "1 passed, 1 failed"),
        ("made `a` (132 KiB; mapping)", "made `b` (132 KiB; mapping)"),
        ("| a |", "| b |"),
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("...\nb", "b\na"),
    ] {
        assert!(!same(shown, printed), "{shown}: {printed}");
    }
}
