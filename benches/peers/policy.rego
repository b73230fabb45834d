package valence

import rego.v1

vendor := lower(split(input.Manufacturer, " ")[0])

upper_word(text) := upper(regex.replace(text, `[^A-Za-z0-9]`, "_"))

gib := input.MemorySummary.TotalSystemMemoryGiB

default tag := ""

tag := lower(input.SKU) if vendor == "dell"

tag := lower(input.SerialNumber) if vendor != "dell"

health := object.get(input.Status, "HealthRollup", object.get(input.Status, "Health", null))

all_extra := {
	"health": health,
	"uuid": lower(object.get(input, "UUID", "")),
	"asset_tag": object.get(input, "AssetTag", ""),
	"part_number": object.get(input, "PartNumber", null),
}

extra := {key: value | some key, value in all_extra; not value in {"", null}}

fast(nic) := "data" if nic.SpeedMbps >= 10000

else := "management"

up(nic) if nic.LinkStatus == "LinkUp"

else := false

ports := [port |
	some nic in input.EthernetInterfaces.Members
	is_string(nic.MACAddress)
	port := {
		"address": lower(nic.MACAddress),
		"pxe_enabled": up(nic),
		"physical_network": fast(nic),
		"extra": {"nic": nic.Id},
	}
]

traits := sort([
	sprintf("CUSTOM_%s", [upper_word(vendor)]),
	sprintf("CUSTOM_%s", [upper_word(input.Model)]),
	sprintf("CUSTOM_BIOS_%s", [upper_word(input.BiosVersion)]),
])

denied if input.SystemType == "Virtual"

node := {
	"name": sprintf("%s-%s", [vendor, tag]),
	"resource_class": sprintf("baremetal-%s-%dg", [vendor, gib]),
	"properties": {
		"vendor": vendor,
		"model": input.Model,
		"serial_number": input.SerialNumber,
		"memory_mb": gib * 1024,
		"bios_version": input.BiosVersion,
	},
	"extra": extra,
}

enrollment := {"node": node, "ports": ports, "traits": traits} if {
	not denied
}

dozen := {"node": node, "traits": traits} if {
	not denied
}
