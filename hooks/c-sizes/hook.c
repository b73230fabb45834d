// Gives each node traits of its memory and its cores, and denies those with too
// little memory.

#include "hook.h"
#include "text.h"

static const char SETTINGS[] =
    "{"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\","
    "  \"type\": \"object\","
    "  \"additionalProperties\": false,"
    "  \"properties\": {"
    "    \"least_memory_gib\": {"
    "      \"description\": \"A node with less memory is denied.\","
    "      \"type\": \"integer\","
    "      \"minimum\": 1,"
    "      \"maximum\": 1048576"
    "    }"
    "  }"
    "}";

typedef exports_valence_hooks_mapping_error_t failure_t;

static bool fail(failure_t *err, const char *why) {
  err->tag = EXPORTS_VALENCE_HOOKS_MAPPING_ERROR_FAILED;
  err->val.failed = text(why);
  return false;
}

static void append_number(hook_string_t *to, uint64_t number) {
  uint8_t digits[20];
  size_t first = sizeof digits;
  do {
    digits[--first] = '0' + number % 10;
    number /= 10;
  } while (number > 0);
  append(to, (hook_string_t){digits + first, sizeof digits - first});
}

// The setting; 0 if it is not given. What the schema says has been checked.
static uint64_t least_memory_gib(void) {
  hook_string_t pointer = text("/least_memory_gib");
  hook_string_t value;
  uint64_t number = 0;
  if (!valence_hooks_settings_at(&pointer, &value)) return 0;
  for (size_t place = 0; place < value.len; place++) number = number * 10 + (value.ptr[place] - '0');
  return number;
}

// The trait `CUSTOM_`, `what`, `size`, `unit`, and why it is set.
static void add_size(hook_list_string_t *traits, const char *what, uint64_t size, const char *unit,
                     hook_string_t reason) {
  hook_string_t name = text("CUSTOM_");
  append(&name, text(what));
  append_number(&name, size);
  append(&name, text(unit));
  hook_string_t pointer = text("/traits/");
  append(&pointer, name);
  valence_hooks_provenance_because(&pointer, &reason);
  add_once(traits, name);
}

static uint64_t power_of_two_below(uint64_t size) {
  uint64_t power = 1;
  while (power <= size / 2) power *= 2;
  return power;
}

static bool is_cpu(hook_string_t kind) {
  return kind.len == 3 && kind.ptr[0] == 'C' && kind.ptr[1] == 'P' && kind.ptr[2] == 'U';
}

// The cores of all CPUs; 0 if one does not say how many it has.
static uint64_t cores(valence_hooks_registration_list_processor_t *processors) {
  uint64_t all = 0;
  for (size_t place = 0; place < processors->len; place++) {
    valence_hooks_registration_processor_t *one = &processors->ptr[place];
    if (!is_cpu(one->kind)) continue;
    if (!one->cores.is_some) return 0;
    all += one->cores.val;
  }
  return all;
}

static bool deny(exports_valence_hooks_mapping_borrow_registration_t registration, bool is_known,
                 uint64_t gib, uint64_t least, failure_t *err) {
  hook_string_t node;
  valence_hooks_registration_method_registration_node_name(registration, &node);
  hook_string_t why = text("`");
  append(&why, node);
  append(&why, text(is_known ? "` has " : "` does not say how much memory it has"));
  if (is_known) {
    append_number(&why, gib);
    append(&why, text(" GiB of memory"));
  }
  append(&why, text(", and is to have "));
  append_number(&why, least);
  append(&why, text(is_known ? "" : " GiB"));
  err->tag = EXPORTS_VALENCE_HOOKS_MAPPING_ERROR_DENIED;
  err->val.denied = why;
  return false;
}

static bool map(exports_valence_hooks_mapping_borrow_registration_t registration,
                exports_valence_hooks_mapping_enrollment_t *enrollment, failure_t *err) {
  valence_hooks_registration_error_t unread;
  hook_option_u64_t memory;
  valence_hooks_registration_list_processor_t processors;
  if (!valence_hooks_registration_method_registration_memory(registration, &memory, &unread))
    return fail(err, "its memory cannot be read");
  if (!valence_hooks_registration_method_registration_processors(registration, &processors,
                                                                 &unread))
    return fail(err, "its processors cannot be read");

  uint64_t gib = memory.is_some ? memory.val / 1024 : 0;
  uint64_t least = least_memory_gib();
  if (gib < least) return deny(registration, memory.is_some, gib, least, err);
  if (gib > 0) {
    hook_string_t reason = text("it has ");
    append_number(&reason, memory.val);
    append(&reason, text(" MiB of memory"));
    add_size(&enrollment->traits, "MEMORY_", power_of_two_below(gib), "_GIB", reason);
  }
  uint64_t number = cores(&processors);
  if (number > 0) add_size(&enrollment->traits, "CORES_", number, "", text("of all CPUs"));
  return true;
}

// The enrollment is ours, and is handed back with our changes. The registration is
// lent, and is given back however it ends.
bool exports_valence_hooks_mapping_map_node(
    exports_valence_hooks_mapping_borrow_registration_t registration,
    exports_valence_hooks_mapping_enrollment_t *enrollment,
    exports_valence_hooks_mapping_enrollment_t *ret, failure_t *err) {
  bool mapped = map(registration, enrollment, err);
  if (mapped) *ret = *enrollment;
  valence_hooks_registration_registration_drop_borrow(registration);
  return mapped;
}

// What the schema says has been checked by Valence, and that is all.
bool exports_valence_hooks_configuration_check_settings(
    exports_valence_hooks_configuration_json_t *settings, hook_string_t *err) {
  (void)settings;
  (void)err;
  return true;
}

void exports_valence_hooks_about_describe(exports_valence_hooks_about_description_t *ret) {
  ret->name = text("c-sizes");
  ret->version = text("0.1.0");
  ret->summary = text("Gives each node traits of its memory and its cores.");
  ret->settings_schema.is_some = true;
  ret->settings_schema.val = text(SETTINGS);
}
