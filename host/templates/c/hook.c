// Gives each node a trait of the rack that it stands in.

#include "hook.h"
#include "text.h"

// A prefix is letters, digits and what lies between words: so it stands in JSON as
// it is.
static const char SETTINGS[] =
    "{"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\","
    "  \"type\": \"object\","
    "  \"additionalProperties\": false,"
    "  \"properties\": {"
    "    \"prefix\": {"
    "      \"description\": \"What traits begin with, after `CUSTOM_`.\","
    "      \"type\": \"string\","
    "      \"pattern\": \"^[A-Za-z0-9 _-]*$\","
    "      \"default\": \"rack\""
    "    }"
    "  }"
    "}";

// The setting, or its default.
static hook_string_t prefix(void) {
  hook_string_t pointer = text("/prefix");
  hook_string_t value;
  if (!valence_hooks_settings_at(&pointer, &value)) return text("rack");
  // Without the quotes of JSON.
  return (hook_string_t){value.ptr + 1, value.len - 2};
}

// The trait of `rack`.
static hook_string_t rack_trait(hook_string_t prefix, hook_string_t rack) {
  hook_string_t name = text("CUSTOM");
  append_words(&name, prefix);
  append_words(&name, rack);
  return name;
}

static bool map(exports_valence_hooks_mapping_borrow_registration_t registration,
                exports_valence_hooks_mapping_enrollment_t *enrollment,
                exports_valence_hooks_mapping_error_t *err) {
  valence_hooks_registration_location_t location;
  valence_hooks_registration_error_t unread;
  if (!valence_hooks_registration_method_registration_location(registration, &location,
                                                               &unread)) {
    err->tag = EXPORTS_VALENCE_HOOKS_MAPPING_ERROR_FAILED;
    err->val.failed = text("where it stands cannot be read");
    return false;
  }
  if (!location.rack.is_some) {
    hook_string_t node;
    valence_hooks_registration_method_registration_node_name(registration, &node);
    hook_string_t why = text("`");
    append(&why, node);
    append(&why, text("` has no rack in Redfish"));
    err->tag = EXPORTS_VALENCE_HOOKS_MAPPING_ERROR_DENIED;
    err->val.denied = why;
    return false;
  }
  hook_string_t name = rack_trait(prefix(), location.rack.val);
  hook_string_t pointer = text("/traits/");
  append(&pointer, name);
  hook_string_t reason = text("it stands in rack ");
  append(&reason, location.rack.val);
  valence_hooks_provenance_because(&pointer, &reason);
  add_once(&enrollment->traits, name);
  return true;
}

// The enrollment is ours, and is handed back with our changes. The registration is
// lent, and is given back however it ends.
bool exports_valence_hooks_mapping_map_node(
    exports_valence_hooks_mapping_borrow_registration_t registration,
    exports_valence_hooks_mapping_enrollment_t *enrollment,
    exports_valence_hooks_mapping_enrollment_t *ret,
    exports_valence_hooks_mapping_error_t *err) {
  bool mapped = map(registration, enrollment, err);
  if (mapped) *ret = *enrollment;
  valence_hooks_registration_registration_drop_borrow(registration);
  return mapped;
}

// What the schema says has been checked by Valence.
bool exports_valence_hooks_configuration_check_settings(
    exports_valence_hooks_configuration_json_t *settings, hook_string_t *err) {
  (void)settings;
  if (prefix().len > 0) return true;
  *err = text("`prefix` is empty");
  return false;
}

void exports_valence_hooks_about_describe(exports_valence_hooks_about_description_t *ret) {
  ret->name = text("{{name}}");
  ret->version = text("0.1.0");
  ret->summary = text("Gives each node a trait of the rack that it stands in.");
  ret->settings_schema.is_some = true;
  ret->settings_schema.val = text(SETTINGS);
}
