//! What is added up for components of a few lines.

use super::super::Facts;

const GLOBALS: &str = "(global i32 (i32.const 7)) (global i32 (i32.const 7))";

fn take(component: &str) -> u64 {
    Facts::of(&wat::parse_str(component).unwrap()).instances_take(100)
}

#[test]
fn each_instance_of_a_module_is_added_however_it_is_named() {
    let one = 1024 + 2 * 16;
    let module = format!("(core module $m {GLOBALS})");
    let again = "(core instance (instantiate $m))";
    for (component, instances) in [
        (format!("(component {module})"), 0),
        (format!("(component {module} {again} {again})"), 2),
        (
            format!(
                "(component {module} (component $c (alias outer 1 $m (core module $i))
                   (core instance (instantiate $i)) (core instance (instantiate $i)))
                 (instance (instantiate $c)) (instance (instantiate $c)) {again})"
            ),
            5,
        ),
        (
            format!(
                "(component (component $c {module} {again})
                   (component (alias outer 1 $c (component $i))
                     (instance (instantiate $i)) (instance (instantiate $i)))
                   (instance (instantiate 1)) (instance (instantiate $c)))"
            ),
            3,
        ),
        // What is handed in may be anything that there is.
        (
            format!(
                "(component (component $c (import \"m\" (core module $i))
                   (core instance (instantiate $i)))
                 {module} (instance (instantiate $c (with \"m\" (core module $m)))))"
            ),
            100,
        ),
    ] {
        assert_eq!(take(&component), instances * one, "{component}");
    }
}

#[test]
fn all_that_an_instance_has_is_added() {
    let import = "(core instance $h (export \"f\" (func $f)))
        (core instance (instantiate $m (with \"h\" (instance $h))))";
    let imports = "(import \"h\" \"f\" (func)) (import \"h\" \"f\" (func))";
    let alone = "(core instance (instantiate $m))";
    for (module, takes) in [
        ("(func) (func)", 2 * 32),
        ("(memory 1) (table 1 funcref) (data \"a\")", 3 * 32),
        // A segment that waits to be copied, and one that is at once.
        ("(func $f) (elem func $f $f $f)", 32 + 3 * 16),
        (
            "(table 2 funcref) (elem (i32.const 0) funcref (ref.null func) (ref.null func))",
            32 + 2 * 16,
        ),
    ] {
        let component = format!("(component (core module $m {module}) {alone})");
        assert_eq!(take(&component), 1024 + takes, "{component}");
    }
    // A function of the component's own, two of whose imports it is.
    let canonical = "(type $r (resource (rep i32))) (core func $f (canon resource.drop $r))";
    let used = imports.replace("(func)", "(func (param i32))");
    let component = format!("(component {canonical} (core module $m {used}) {import})");
    assert_eq!(take(&component), 1024 + 2 * 64 + 64, "{component}");
}

#[test]
fn functions_of_components_within_are_counted() {
    let lifting = "(core module $m (func (export \"f\")))
        (core instance $i (instantiate $m)) (func (canon lift (core func $i \"f\")))";
    for (component, inner) in [
        (format!("(component {lifting})"), 0),
        (format!("(component {lifting} (component {lifting}))"), 1),
        (format!("(component (component (component {lifting})))"), 1),
    ] {
        let facts = Facts::of(&wat::parse_str(&component).unwrap());
        assert_eq!(facts.inner_functions, inner, "{component}");
    }
}
