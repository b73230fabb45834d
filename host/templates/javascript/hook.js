// Gives each node a trait of the rack that it stands in.

import { because } from "valence:hooks/provenance@{{contract}}";
import { get } from "valence:hooks/settings@{{contract}}";

const SETTINGS = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  additionalProperties: false,
  properties: {
    prefix: {
      description: "What traits begin with, after `CUSTOM_`.",
      type: "string",
      default: "rack",
    },
  },
};

/** The setting, or its default. */
function prefix(text) {
  return JSON.parse(text).prefix ?? "rack";
}

/** The trait of `rack`. */
function rackTrait(prefix, rack) {
  const words = `${prefix} ${rack}`.toUpperCase().match(/[A-Z0-9]+/g) ?? [];
  return ["CUSTOM", ...words].join("_");
}

// What is thrown is the error of the contract.
export const mapping = {
  mapNode(registration, enrollment) {
    const { rack } = registration.location();
    if (rack === undefined) {
      const text = `\`${registration.nodeName()}\` has no rack in Redfish`;
      throw { tag: "denied", val: text };
    }
    const name = rackTrait(prefix(get()), rack);
    because(`/traits/${name}`, `it stands in rack ${rack}`);
    if (!enrollment.traits.includes(name)) {
      enrollment.traits.push(name);
    }
    return enrollment;
  },
};

export const configuration = {
  checkSettings(settings) {
    // What the schema says has been checked by Valence.
    if (prefix(settings) === "") {
      throw "`prefix` is empty";
    }
  },
};

export const about = {
  describe() {
    return {
      name: "{{name}}",
      version: "0.1.0",
      summary: "Gives each node a trait of the rack that it stands in.",
      settingsSchema: JSON.stringify(SETTINGS),
    };
  },
};
