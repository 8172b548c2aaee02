//! The forms of a page, found as far as pages of machines need it: tags, attributes, character references.

/// A form with its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Form {
    /// The address that it leads to, as it is written.
    pub action: String,
    /// Whether it is sent by POST.
    pub post: bool,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The value of the first field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The forms in document order. Comments, scripts and styles are skipped.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut open = false;
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (tag, after) = tag(after);
        rest = after;
        let attribute = |name: &str| tag.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        match tag.name.as_str() {
            name @ ("script" | "style" | "textarea") => {
                let end = rest.to_ascii_lowercase().find(&format!("</{name}"));
                let (inside, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
                if let (true, "textarea", Some(form), Some(field)) = (open, name, forms.last_mut(), attribute("name")) {
                    form.fields.push((field, unescape(inside)));
                }
                rest = after;
            }
            "form" => {
                open = true;
                forms.push(Form {
                    action: attribute("action").unwrap_or_default(),
                    post: attribute("method").is_some_and(|m| m.eq_ignore_ascii_case("post")),
                    fields: Vec::new(),
                });
            }
            "/form" => open = false,
            "input" | "button" if open => {
                let kind = attribute("type").unwrap_or_default().to_ascii_lowercase();
                let unchecked = matches!(kind.as_str(), "checkbox" | "radio") && attribute("checked").is_none();
                let sent = tag.name == "input" && !matches!(kind.as_str(), "submit" | "button" | "reset") && !unchecked;
                if let (true, Some(form), Some(name)) = (sent, forms.last_mut(), attribute("name")) {
                    form.fields.push((name, attribute("value").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    forms
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// Reads a tag behind its `<`, and gives what follows its `>`.
fn tag(source: &str) -> (Tag, &str) {
    let ends_name = |c: char| c.is_ascii_whitespace() || c == '>';
    let end = source.find(ends_name).unwrap_or(source.len());
    let (name, mut rest) = source.split_at_checked(end).unwrap_or((source, ""));
    let name = name.trim_end_matches('/').to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (Tag { name, attributes }, "");
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, after);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(end.max(1)).unwrap_or((rest, ""));
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quoted = ['"', '\''].into_iter().find_map(|q| after.strip_prefix(q).map(|inside| (q, inside)));
            (value, rest) = match quoted {
                Some((quote, inside)) => inside.split_once(quote).unwrap_or((inside, "")),
                None => after.split_at_checked(after.find(ends_name).unwrap_or(after.len())).unwrap_or((after, "")),
            };
        }
        attributes.push((key.to_ascii_lowercase(), unescape(value)));
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let character = reference.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => {
                let number = name.strip_prefix('#')?;
                let number = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(number)
            }
        });
        match (character, reference) {
            (Some(character), Some((_, after))) => {
                out.push(character);
                rest = after;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_form_are_read() {
        let html = r#"<!doctype html><!-- <form> --><script>"<form>"</script>
            <FORM method=post action='/a?b=1&amp;c=2'><input type="hidden" name="x" value="1 &lt; &#50; &#x33; &amp;lt;">
            <input name=y value=z/><input type=checkbox name=c><button name=go>Go</button></form><input name=outside>"#;
        let forms = forms(html);
        assert_eq!(forms.len(), 1);
        assert_eq!((forms[0].action.as_str(), forms[0].post), ("/a?b=1&c=2", true));
        assert_eq!(forms[0].field("x"), Some("1 < 2 3 &lt;"));
        assert_eq!(forms[0].field("y"), Some("z/"));
        assert_eq!(forms[0].fields.len(), 2);
    }

    #[test]
    fn broken_pages_end() {
        for html in
            ["<form", "<form a", "<form a=", "<form a='", "<", "<script>", "<!--", "<form =x>", "&#x;", "<form><input"]
        {
            let _ = forms(html);
        }
        assert_eq!(forms("<form action=\"&;&bogus;\">")[0].action, "&;&bogus;");
    }
}
