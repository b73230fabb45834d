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

function map(registration, enrollment) {
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
}

/** What Valence is to be told of what was thrown: without words it would see a trap. */
function told(thrown) {
  if (["denied", "failed", "deferred"].includes(thrown?.tag)) {
    return thrown;
  }
  // What could not be read, or a mistake in this file.
  const unread = thrown?.payload;
  const place = thrown?.stack?.split("\n")[0];
  const text = unread === undefined ? `${thrown}, at ${place}` : `unread: ${JSON.stringify(unread)}`;
  return { tag: "failed", val: text };
}

export const mapping = {
  mapNode(registration, enrollment) {
    try {
      return map(registration, enrollment);
    } catch (thrown) {
      throw told(thrown);
    }
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
