//! What stands in a component, byte by byte.

/// `component` with a core module more, and so many instances of it.
pub(crate) fn with_instances(mut component: Vec<u8>, instances: u32) -> Vec<u8> {
    let number = u32::try_from(sections(&component, 1)).unwrap();
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

/// `component` with another within it, and an instance of that.
pub(crate) fn with_inner(mut component: Vec<u8>, inner: &[u8]) -> Vec<u8> {
    let number = u32::try_from(sections(&component, 4)).unwrap();
    section(&mut component, 4, inner);
    let mut instance = vec![1, 0];
    instance.extend(leb(number));
    instance.push(0);
    section(&mut component, 5, &instance);
    component
}

fn section(component: &mut Vec<u8>, id: u8, contents: &[u8]) {
    component.push(id);
    component.extend(leb(u32::try_from(contents.len()).unwrap()));
    component.extend_from_slice(contents);
}

/// How many sections of this kind a component has, not counting those of components
/// in it: a core module (1) or a component (4) is one each.
fn sections(component: &[u8], id: u8) -> usize {
    let (mut at, mut found) = (8, 0);
    while at < component.len() {
        found += usize::from(component[at] == id);
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
    found
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
