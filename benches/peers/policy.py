"""The policies in Python, measured by lines on standard input as the others are."""

import json
import re
import sys
import time


def mapped(text, with_ports=True):
    system = json.loads(text)
    if system.get("SystemType") == "Virtual":
        raise ValueError("it is virtual")
    vendor = re.split(r"[^A-Za-z0-9]", system["Manufacturer"], maxsplit=1)[0].lower()
    tag = system.get("SKU") if vendor == "dell" else None
    tag = tag or system["SerialNumber"]
    gib = int(system["MemorySummary"]["TotalSystemMemoryGiB"])
    traits = {f"CUSTOM_{upper(vendor)}", f"CUSTOM_{upper(system['Model'])}"}
    properties = {
        "memory_mb": int(system["MemorySummary"]["TotalSystemMemoryGiB"] * 1024),
        "serial_number": system["SerialNumber"],
        "model": system["Model"],
        "vendor": vendor,
    }
    if version := system.get("BiosVersion"):
        traits.add(f"CUSTOM_BIOS_{upper(version)}")
        properties["bios_version"] = version
    status = system["Status"]
    extra = {
        "health": status.get("HealthRollup") or status.get("Health"),
        "uuid": (system.get("UUID") or "").lower(),
        "asset_tag": system.get("AssetTag"),
        "part_number": system.get("PartNumber"),
    }
    enrollment = {
        "node": {
            "name": f"{vendor}-{tag.lower()}",
            "resource_class": f"baremetal-{vendor}-{gib}g",
            "properties": properties,
            "extra": {key: value for key, value in extra.items() if value},
        },
        "traits": sorted(traits),
    }
    if with_ports:
        enrollment["ports"] = ports(system)
    return json.dumps(enrollment)


def ports(system):
    return [
        {
            "address": nic["MACAddress"].lower(),
            "pxe_enabled": nic.get("LinkStatus") == "LinkUp",
            "physical_network": "data" if (nic.get("SpeedMbps") or 0) >= 10000 else "management",
            "extra": {"nic": nic["Id"]},
        }
        for nic in system["EthernetInterfaces"]["Members"]
        if nic.get("MACAddress")
    ]


def upper(text):
    return re.sub(r"[^A-Za-z0-9]", "_", text).upper()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    print("ready", flush=True)
    for line in sys.stdin:
        kind, name, *numbers = line.split()
        with_ports = not name.endswith("-dozen")
        if kind == "result":
            print(mapped(text, with_ports), flush=True)
            continue
        cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
        for _ in range(int(numbers[0])):
            mapped(text, with_ports)
        print(time.thread_time_ns() - cpu, time.perf_counter_ns() - wall, flush=True)


main()
