//! What stands in a component, byte by byte.

/// `component` with a core module more, and so many instances of it.
pub(crate) fn with_instances(mut component: Vec<u8>, instances: u32) -> Vec<u8> {
    let number = u32::try_from(core_modules(&component)).unwrap();
    let module = b"\0asm\x01\0\0\0";
    section(&mut component, 1, module);
    let mut list = leb(instances);
    for _ in 0..instances {
        list.push(0);
        list.extend(leb(number));
        list.push(0);
    }
    section(&mut component, 2, &list);
    component
}

fn section(component: &mut Vec<u8>, id: u8, contents: &[u8]) {
    component.push(id);
    component.extend(leb(u32::try_from(contents.len()).unwrap()));
    component.extend_from_slice(contents);
}

/// How many core modules a component has, not counting those of components in it.
fn core_modules(component: &[u8]) -> usize {
    let (mut at, mut modules) = (8, 0);
    while at < component.len() {
        modules += usize::from(component[at] == 1);
        at += 1;
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = component[at];
            at += 1;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        at += length;
    }
    modules
}

/// A number as webassembly writes it.
fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
