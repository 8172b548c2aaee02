//! The canonical text of a filter: reading it gives the same filter.

use std::fmt;

use super::{AttributePath, Node};

impl Node {
    /// `inside`: in brackets, where sub-attributes are named alone.
    pub(super) fn print(&self, f: &mut fmt::Formatter<'_>, inside: bool) -> fmt::Result {
        match self {
            Self::And(nodes) => join(f, nodes, " and ", inside),
            Self::Or(nodes) => join(f, nodes, " or ", inside),
            Self::Not(node) => match &**node {
                Self::Present(path) => {
                    print_path(f, path, inside)?;
                    f.write_str(" eq null")
                }
                node => {
                    f.write_str("not (")?;
                    node.print(f, inside)?;
                    f.write_str(")")
                }
            },
            Self::Compare(comparison) => {
                print_path(f, comparison.path(), inside)?;
                write!(f, " {} {}", comparison.operator(), comparison.literal())
            }
            Self::Present(path) => {
                print_path(f, path, inside)?;
                f.write_str(" pr")
            }
            Self::Element(filter) => write!(f, "{filter}"),
            Self::Nothing(name) => write!(f, "{name} pr"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, nodes: &[Node], keyword: &str, inside: bool) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            f.write_str(keyword)?;
        }
        if matches!(node, Node::Or(_)) {
            f.write_str("(")?;
            node.print(f, inside)?;
            f.write_str(")")?;
        } else {
            node.print(f, inside)?;
        }
    }
    Ok(())
}

fn print_path(f: &mut fmt::Formatter<'_>, path: &AttributePath, inside: bool) -> fmt::Result {
    if inside { f.write_str(path.sub().unwrap_or("value")) } else { write!(f, "{path}") }
}
