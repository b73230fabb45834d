//! What real Redfish services write where a value belongs, as data. Each entry
//! says why it is here; nothing elsewhere in the inventory knows a vendor.

/// Texts that stand where a value is not known, compared without regard to case
/// and to the spaces around them.
pub(super) const PLACEHOLDER_TEXTS: &[(&str, &str)] = &[
    ("not available", "Cray: the MAC of a NIC without firmware"),
    ("n/a", "HPE, Supermicro: a property that does not apply"),
    ("na", "the same, shorter"),
    ("not applicable", "the same, longer"),
    ("not specified", "SMBIOS: the string number 0"),
    ("not present", "a slot without a part"),
    ("unspecified", "SMBIOS tables of several boards"),
    ("unknown", "HPE: the asset tag of a processor"),
    ("undefined", "the same elsewhere"),
    ("none", "HPE: the vendor of a module"),
    ("null", "a null that was printed as text"),
    ("empty", "a slot without a part"),
    ("to be filled by o.e.m.", "AMI: a board nobody has labelled"),
    ("to be filled by oem", "the same, other spelling"),
    ("default string", "AMI, later: the same"),
    ("system manufacturer", "ASUS: the name of the field itself"),
    ("system product name", "ASUS: the name of the field itself"),
    ("system serial number", "ASUS: the name of the field itself"),
    (
        "chassis serial number",
        "ASUS: the name of the field itself",
    ),
    ("0123456789", "Supermicro: a serial number nobody has set"),
    ("123456789", "the same"),
];

/// UUIDs that many machines share.
pub(super) const PLACEHOLDER_UUIDS: &[(&str, &str)] = &[
    ("00000000-0000-0000-0000-000000000000", "not set"),
    ("ffffffff-ffff-ffff-ffff-ffffffffffff", "erased flash"),
    (
        "03000200-0400-0500-0006-000700080009",
        "AMI: the default of the board's firmware",
    ),
    (
        "00020003-0004-0005-0006-000700080009",
        "AMI: the same with its first three parts turned round",
    ),
];

/// MACs that are well formed and no NIC's. Zeros and group addresses are refused
/// by rule, not by table.
pub(super) const PLACEHOLDER_MACS: &[(&str, &str)] = &[(
    "00:a0:c9:00:00:00",
    "Intel: a NIC whose address was never programmed; every such NIC has it",
)];

/// How the host's end of the link to its BMC is called, where the service does
/// not say so by `HostInterfaces`. A number may follow the name.
pub(super) const BMC_NIC_NAMES: &[(&str, &str)] = &[
    ("tomanager", "DMTF's example, and Lenovo after it"),
    ("usb", "AMI, HPE: the BMC's USB network gadget"),
    ("hostusb", "OpenBMC: the same"),
    ("bmcusb", "NVIDIA: the same"),
    (
        "hmcusb",
        "NVIDIA HGX: the link to the baseboard's controller",
    ),
];

/// Where vendors list network adapters of their own, and where the ports are in them,
/// each with its `MacAddress`.
pub(super) const OEM_ADAPTERS: &[(&str, &str, &str)] = &[
    (
        "/Oem/Hpe/Links/NetworkAdapters",
        "/PhysicalPorts",
        "HPE, iLO 5 and later: `BaseNetworkAdapters`, filled by the host's firmware",
    ),
    (
        "/Oem/Hp/Links/NetworkAdapters",
        "/PhysicalPorts",
        "HPE, iLO 4: the same under its former name",
    ),
];

/// How systems are called that stand beside hosts in `Systems` and are none: the
/// beginning of their `Id` or `Model`, in lower case.
pub(super) const NO_HOST_NAMES: &[(&str, &str)] = &[
    (
        "hgx_baseboard",
        "NVIDIA HGX, the board that carries the GPUs; its host is a system of its own",
    ),
    (
        "bluefield",
        "NVIDIA BlueField, a DPU: a card in a host, with processors of its own",
    ),
    ("dpu.", "Dell, a DPU in a slot of a host"),
];

/// Redfish `SystemType`s of what is no host.
pub(super) const NO_HOST_TYPES: &[(&str, &str)] = &[
    ("DPU", "a card in a host, with processors of its own"),
    ("OS", "an operating system that runs on another system"),
];

/// Redfish `InstructionSet`, and the architecture as Ironic writes it. `PowerISA`
/// is not here: it does not tell `ppc64` from `ppc64le`.
pub(super) const INSTRUCTION_SETS: &[(&str, &str)] = &[
    ("x86-64", "x86_64"),
    ("x86", "i686"),
    ("ARM-A64", "aarch64"),
    ("ARM-A32", "arm"),
    ("IA-64", "ia64"),
    ("MIPS64", "mips64"),
    ("MIPS32", "mips"),
    ("RV64", "riscv64"),
    ("RV32", "riscv32"),
];

/// Redfish `ProcessorArchitecture`, where there is no `InstructionSet`. It does
/// not tell 32 bits from 64; no machine with a Redfish service has 32.
pub(super) const ARCHITECTURES: &[(&str, &str)] =
    &[("x86", "x86_64"), ("ARM", "aarch64"), ("IA-64", "ia64")];

/// Words of a processor's model that leave one architecture only, for the half of
/// all services that name neither instruction set nor architecture.
pub(super) const MODEL_WORDS: &[(&str, &str, &str)] = &[
    (
        "xeon",
        "x86_64",
        "Intel's servers; none with 32 bits since 2005",
    ),
    ("epyc", "x86_64", "AMD's servers"),
    ("altra", "aarch64", "Ampere's servers"),
    ("ampereone", "aarch64", "Ampere's servers"),
    ("neoverse", "aarch64", "Arm's own cores for servers"),
    ("thunderx", "aarch64", "Cavium's, later Marvell's servers"),
    ("kunpeng", "aarch64", "Huawei's servers"),
];

/// Redfish `ProcessorId.VendorId` with the families (`EffectiveFamily`) that
/// leave one architecture only. Itanium too says `GenuineIntel`, in families of
/// its own; AMD's Arm servers do not say `AuthenticAMD`.
pub(super) const PROCESSOR_IDS: &[(&str, Option<u64>, &str, &str)] = &[
    (
        "GenuineIntel",
        Some(6),
        "x86_64",
        "every Xeon; Cray's engineering samples have no better name",
    ),
    ("AuthenticAMD", None, "x86_64", "the answer of CPUID itself"),
];

/// The BIOS attribute that tells how a machine boots, for services without
/// `BootSourceOverrideMode`. Attributes are the vendors' own, but Dell, HPE and
/// DMTF's example agree on this one.
pub(super) const BOOT_MODE_ATTRIBUTE: &str = "/Attributes/BootMode";

/// Values of `BootSourceOverrideMode` and of the attribute, in lower case, and
/// what Ironic calls them.
pub(super) const BOOT_MODES: &[(&str, &str)] = &[
    ("uefi", "uefi"),
    ("legacy", "bios"),
    ("bios", "bios"),
    ("legacybios", "bios"),
];

/// `MemoryDeviceType`s that are no main memory where DIMMs are added up: HGX
/// baseboards list the memory of their GPUs beside the DIMMs.
pub(super) const NOT_MAIN_MEMORY: &[&str] = &["HBM", "GDDR"];

/// Whether many machines share this UUID.
pub(crate) fn is_placeholder_uuid(uuid: &str) -> bool {
    look_up(PLACEHOLDER_UUIDS, uuid).is_some()
}

/// The value of `table` for `key`, without regard to case.
pub(super) fn look_up(table: &[(&'static str, &'static str)], key: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(key))
        .map(|(_, value)| *value)
}

#[cfg(test)]
mod tests;
