// Reads labels out of a text of the node's, such as its asset tag, by a regular
// expression: each named group becomes a key of `extra`.

import { because } from "valence:hooks/provenance@0.1.0";
import { get } from "valence:hooks/settings@0.1.0";

const TEXTS = {
  asset_tag: "assetTag",
  host_name: "hostName",
  model: "model",
  part_number: "partNumber",
  serial_number: "serialNumber",
  sku: "sku",
};

const SETTINGS = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  additionalProperties: false,
  required: ["pattern"],
  properties: {
    of: {
      description: "Which of the node's texts is read.",
      enum: Object.keys(TEXTS),
      default: "asset_tag",
    },
    pattern: {
      description: "A regular expression of JavaScript's; what its named groups match becomes keys of `extra`.",
      type: "string",
    },
    required: {
      description: "Whether a node whose text is not like that is denied.",
      type: "boolean",
      default: false,
    },
  },
};

/** The settings, with their defaults. */
function read(text) {
  return { of: "asset_tag", required: false, ...JSON.parse(text) };
}

/** The text that is asked for; an asset tag may stand with the chassis only. */
function textOf(registration, of) {
  const own = registration.identity()[TEXTS[of]];
  if (own !== undefined || of !== "asset_tag") {
    return own;
  }
  return registration.chassis().find((one) => one.assetTag !== undefined)?.assetTag;
}

function map(registration, enrollment) {
  const { of, pattern, required } = read(get());
  const text = textOf(registration, of)?.trim();
  const groups = text?.match(new RegExp(pattern, "u"))?.groups;
  if (groups === undefined) {
    if (!required) {
      return enrollment;
    }
    const name = registration.nodeName();
    const is = text === undefined ? "is not in Redfish" : `is \`${text}\``;
    throw { tag: "denied", val: `the ${of} of \`${name}\` ${is}, and is to be like \`${pattern}\`` };
  }
  const node = JSON.parse(enrollment.node);
  node.extra ??= {};
  for (const [key, value] of Object.entries(groups)) {
    // A group that matched nothing.
    if (value === undefined) {
      continue;
    }
    node.extra[key] = value;
    because(`/node/extra/${key}`, `the ${of} is ${text}`);
  }
  enrollment.node = JSON.stringify(node);
  return enrollment;
}

/** What Valence is to be told of what was thrown: without words it would see a trap. */
function told(thrown) {
  if (["denied", "failed", "deferred"].includes(thrown?.tag)) {
    return thrown;
  }
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
    const { pattern } = read(settings);
    let groups;
    try {
      // With nothing as a choice, any pattern matches.
      groups = new RegExp(`${pattern}|`, "u").exec("").groups;
    } catch (error) {
      throw `\`pattern\` is no regular expression: ${error.message}`;
    }
    if (groups === undefined) {
      throw "`pattern` has no named group, as in `^INV-(?<inventory>[0-9]+)$`";
    }
  },
};

export const about = {
  describe() {
    return {
      name: "javascript-labels",
      version: "0.1.0",
      summary: "Reads labels out of a text of the node's by a regular expression.",
      settingsSchema: JSON.stringify(SETTINGS),
    };
  },
};
