// Names a node after the place it stands in, as `site-naming` does in Rust.

import { get } from "valence:hooks/settings@0.1.0-dev";
import { because } from "valence:hooks/provenance@0.1.0-dev";

export const mapping = {
  mapNode(registration, enrollment) {
    const { prefix = "" } = JSON.parse(get());
    const { rack, unit } = registration.location();
    if (rack === undefined || unit === undefined) {
      const reason = `${registration.nodeName()} has no place in a rack`;
      throw { tag: "denied", val: reason };
    }

    const node = JSON.parse(enrollment.node);
    const padded = String(unit).padStart(2, "0");
    node.name = `${prefix}${rack}-u${padded}`.toLowerCase();
    because("/node/name", `rack ${rack}, unit ${unit}`);
    return { ...enrollment, node: JSON.stringify(node) };
  },
};
