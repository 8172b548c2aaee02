//! The grammar of filters (RFC 7644, figure 1), by recursive descent to a bounded depth.

use super::{
    AttributePath, ElementFilter, FilterError, MAX_DEPTH, MAX_LENGTH, Node, Operator, Options, UnknownAttribute,
    cursor::{Cursor, is_attribute_path, is_name, shown},
    literal::{Raw, typed},
};
use crate::scim::leniency::extension_without_urn;
use crate::scim::schema::{Attribute, AttributeType, Mutability, Resolved, ResourceType, Returned};

/// Whose attributes the names are.
#[derive(Clone, Debug)]
pub(super) enum Scope<'a> {
    /// A resource's.
    Resource(&'a ResourceType),
    /// Those of one element of an attribute.
    Element(&'a Attribute, AttributePath),
    /// Those of the elements of an attribute that is unknown.
    Nothing,
}

/// What a name means, if anything: the path, and the attribute that was named last.
pub(super) type Named<'a> = Option<(AttributePath, &'a Attribute)>;

#[derive(Debug)]
pub(super) struct Parser<'t, 'a> {
    pub(super) cursor: Cursor<'t>,
    scope: Scope<'a>,
    options: Options,
    depth: usize,
}

impl<'t, 'a> Parser<'t, 'a> {
    pub(super) fn new(text: &'t str, kind: &'a ResourceType, options: Options) -> Result<Self, FilterError> {
        if text.len() > MAX_LENGTH {
            return Err(FilterError::TooLong { expected: MAX_LENGTH, received: text.len() });
        }
        Ok(Self { cursor: Cursor::new(text), scope: Scope::Resource(kind), options, depth: 0 })
    }

    /// What stands in the brackets of a path, whose closing one is left for the path.
    pub(super) fn bracketed(cursor: Cursor<'t>, scope: Scope<'a>, options: Options) -> Self {
        Self { cursor, scope, options, depth: 1 }
    }

    /// The whole text.
    pub(super) fn filter(mut self) -> Result<Node, FilterError> {
        let node = self.disjunction()?;
        if self.cursor.at_end() { Ok(node) } else { Err(self.expected("the end")) }
    }

    /// What is in the brackets of a path, up to the closing one. `None`: the attribute is unknown.
    pub(super) fn bracketed_filter(&mut self) -> Result<Option<ElementFilter>, FilterError> {
        let node = self.disjunction()?;
        Ok(match std::mem::replace(&mut self.scope, Scope::Nothing) {
            Scope::Element(_, path) => Some(ElementFilter::new(path, node)),
            _ => None,
        })
    }

    fn disjunction(&mut self) -> Result<Node, FilterError> {
        let first = self.conjunction()?;
        if !self.keyword("or")? {
            return Ok(first);
        }
        let mut any = Vec::new();
        match first {
            Node::Or(nodes) => any.extend(nodes),
            node => any.push(node),
        }
        loop {
            match self.conjunction()? {
                Node::Or(nodes) => any.extend(nodes),
                node => any.push(node),
            }
            if !self.keyword("or")? {
                return Ok(Node::Or(any));
            }
        }
    }

    fn conjunction(&mut self) -> Result<Node, FilterError> {
        let mut all = self.condition()?;
        while self.keyword("and")? {
            all = all.and(self.condition()?);
        }
        Ok(all)
    }

    /// One condition, and the spaces behind it up to what may follow: a keyword, a closing bracket or the end.
    fn condition(&mut self) -> Result<Node, FilterError> {
        self.cursor.spaces();
        let node = if self.cursor.peek() == Some(b'(') {
            self.group()?
        } else if self.cursor.word().eq_ignore_ascii_case("not") {
            self.cursor.advance("not".len());
            self.cursor.spaces();
            Node::Not(Box::new(self.group()?))
        } else {
            self.expression()?
        };
        let spaced = self.cursor.spaces();
        let word = self.cursor.word();
        match self.cursor.peek() {
            None | Some(b')' | b']') => Ok(node),
            _ if !spaced => Err(self.expected("a space, a closing bracket or the end")),
            _ if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") => Ok(node),
            _ => Err(self.expected("\"and\", \"or\", a closing bracket or the end")),
        }
    }

    /// Goes past a keyword and the spaces that have to follow it.
    fn keyword(&mut self, keyword: &str) -> Result<bool, FilterError> {
        if !self.cursor.word().eq_ignore_ascii_case(keyword) {
            return Ok(false);
        }
        self.cursor.advance(keyword.len());
        self.space()?;
        Ok(true)
    }

    fn group(&mut self) -> Result<Node, FilterError> {
        self.open(b'(', "an opening parenthesis")?;
        let node = self.disjunction()?;
        self.close(b')', "a closing parenthesis")?;
        Ok(node)
    }

    /// `attr pr`, `attr op value` and `attr[filter]`.
    fn expression(&mut self) -> Result<Node, FilterError> {
        let start = self.cursor.clone();
        let word = start.word();
        if !is_attribute_path(word) {
            return Err(self.expected("the name of an attribute, \"not\" or an opening parenthesis"));
        }
        let named = self.resolve(word)?;
        self.cursor.advance(word.len());
        let node = match self.cursor.peek() {
            Some(b'[') => self.elements(&start, named)?,
            _ => self.comparison(named)?,
        };
        Ok(node.unwrap_or_else(|| Node::Nothing(word.to_owned())))
    }

    /// What a name means here. Refuses what may not be asked before anything behind the name is read.
    fn resolve(&self, word: &str) -> Result<Named<'a>, FilterError> {
        let position = self.cursor.position();
        let named = match &self.scope {
            Scope::Resource(kind) => named(kind, word, position, self.options)?,
            Scope::Element(attribute, path) => named_in(attribute, path, word, position)?,
            Scope::Nothing => return Ok(None),
        };
        if named.is_some() || self.options.unknown == UnknownAttribute::NoMatch {
            return Ok(named);
        }
        let expected = match &self.scope {
            Scope::Element(_, path) => path.to_string(),
            Scope::Resource(kind) => kind.name.clone(),
            Scope::Nothing => String::new(),
        };
        Err(FilterError::Unknown { position, expected, received: shown(word) })
    }

    /// What stands in brackets, and Entra's condition behind them: `emails[type eq "work"].value eq "x"` is no filter of
    /// the RFC, but what its matching on such an attribute sends.
    fn elements(&mut self, start: &Cursor<'t>, named: Named<'a>) -> Result<Option<Node>, FilterError> {
        if !matches!(self.scope, Scope::Resource(_)) {
            return Err(self.expected("a space"));
        }
        let scope = match named {
            None => Scope::Nothing,
            Some((path, attribute)) if has_elements(&path, attribute) => Scope::Element(attribute, path),
            Some((path, _)) => {
                return Err(FilterError::Unsupported {
                    position: start.position(),
                    attribute: path.to_string(),
                    expected: "no brackets".into(),
                    received: "\"[\"".into(),
                });
            }
        };
        self.open(b'[', "an opening bracket")?;
        let outer = std::mem::replace(&mut self.scope, scope);
        let mut node = self.disjunction()?;
        self.close(b']', "a closing bracket")?;
        if self.cursor.peek() == Some(b'.') {
            self.cursor.advance(1);
            let word = self.cursor.word();
            if !is_name(word) {
                return Err(self.expected("the name of a sub-attribute"));
            }
            let named = self.resolve(word)?;
            self.cursor.advance(word.len());
            node = node.and(self.comparison(named)?.unwrap_or_else(|| Node::Nothing(word.to_owned())));
        }
        Ok(match std::mem::replace(&mut self.scope, outer) {
            Scope::Element(_, path) => Some(Node::Element(ElementFilter::new(path, node))),
            _ => None,
        })
    }

    /// What stands behind a name: `pr`, or an operator with a value. `None`: the name is unknown.
    fn comparison(&mut self, named: Named<'a>) -> Result<Option<Node>, FilterError> {
        self.space()?;
        let operator_at = self.cursor.clone();
        let word = operator_at.word();
        if word.eq_ignore_ascii_case("pr") {
            self.cursor.advance(word.len());
            return Ok(named.map(|(path, _)| Node::Present(path)));
        }
        let Some(operator) = Operator::named(word) else {
            return Err(self.expected("an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)"));
        };
        self.cursor.advance(word.len());
        self.space()?;
        let value_at = self.cursor.clone();
        let (raw, length) = Raw::read(&value_at)?;
        self.cursor.advance(length);
        let Some((path, attribute)) = named else { return Ok(None) };
        let (path, attribute) = match attribute.sub("value") {
            // `emails co` means `emails.value co`.
            Some(value) if path.sub().is_none() => {
                check_readable(value, &path.with_sub(value), operator_at.position())?;
                (path.with_sub(value), value)
            }
            _ => (path, attribute),
        };
        let whole = attribute.kind == AttributeType::Complex;
        typed(path, whole, operator, raw, self.options, (&operator_at, &value_at)).map(Some)
    }

    fn open(&mut self, bracket: u8, expected: &'static str) -> Result<(), FilterError> {
        let position = self.cursor.position();
        if !self.cursor.take(bracket) {
            return Err(self.expected(expected));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError::TooDeep { position, expected: MAX_DEPTH });
        }
        Ok(())
    }

    fn close(&mut self, bracket: u8, expected: &'static str) -> Result<(), FilterError> {
        self.depth = self.depth.saturating_sub(1);
        if self.cursor.take(bracket) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn space(&mut self) -> Result<(), FilterError> {
        if self.cursor.spaces() { Ok(()) } else { Err(self.expected("a space")) }
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        self.cursor.expected(expected)
    }
}

/// Whether brackets can follow: an array, or the one element that a single complex value is.
pub(super) fn has_elements(path: &AttributePath, attribute: &Attribute) -> bool {
    path.sub().is_none() && (path.multi_valued() || attribute.kind == AttributeType::Complex)
}

fn named<'a>(kind: &'a ResourceType, word: &str, position: usize, options: Options) -> Result<Named<'a>, FilterError> {
    let resolved = match kind.resolve(word) {
        Resolved::Unknown if options.extension_without_urn => extension_without_urn::resolve(kind, word),
        resolved => resolved,
    };
    match resolved {
        Resolved::Attribute(found) => {
            let path = AttributePath::of(&found);
            check_readable(found.attribute, &path, position)?;
            check_readable(found.last(), &path, position)?;
            Ok(Some((path, found.last())))
        }
        Resolved::Schema(_) => Err(FilterError::Syntax {
            position,
            expected: "the name of an attribute behind the URN".into(),
            received: shown(word),
        }),
        Resolved::Unknown => Ok(None),
    }
}

fn named_in<'a>(
    attribute: &'a Attribute,
    path: &AttributePath,
    word: &str,
    position: usize,
) -> Result<Named<'a>, FilterError> {
    if let Some(sub) = attribute.sub(word) {
        let path = path.with_sub(sub);
        check_readable(sub, &path, position)?;
        return Ok(Some((path, sub)));
    }
    // An element that is no object has nothing but its value.
    let itself = attribute.kind != AttributeType::Complex && word.eq_ignore_ascii_case("value");
    Ok(itself.then(|| (path.clone(), attribute)))
}

/// An attribute that is never returned must not be found out by asking, either (RFC 7644, 7.5.2).
pub(super) fn check_readable(attribute: &Attribute, path: &AttributePath, position: usize) -> Result<(), FilterError> {
    if attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly {
        return Err(FilterError::Hidden { position, received: path.to_string() });
    }
    Ok(())
}
