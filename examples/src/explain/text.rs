//! Text for a terminal: nothing of a stranger's message moves the cursor, and long sentences are wrapped.

/// How wide the report is, in characters.
const WIDTH: usize = 88;
/// How much of a value is shown, in characters.
const MAX_VALUE: usize = 200;

/// A value of a message: control and direction characters are escaped, and what is too long is cut.
pub(super) fn printable(text: &str) -> String {
    let mut result = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == MAX_VALUE {
            result.push_str("...");
            break;
        }
        if c.is_control() || is_invisible(c) {
            result.extend(c.escape_unicode());
        } else {
            result.push(c);
        }
    }
    result
}

/// Whether a character turns the direction of text, or cannot be seen.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A sentence in lines, each behind `indent` spaces.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let mut result = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            push_line(&mut result, indent, &line);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    push_line(&mut result, indent, &line);
    result
}

/// Rows of a label and a value, the values below one another.
pub(super) fn rows<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut result = String::new();
    for (label, value) in rows {
        result.push_str(format!("  {label:<15} {value}").trim_end());
        result.push('\n');
    }
    result
}

fn push_line(result: &mut String, indent: usize, line: &str) {
    result.push_str(&" ".repeat(indent));
    result.push_str(line);
    result.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_move_the_cursor() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\u{a}c");
        assert_eq!(printable("\u{9b}2J \u{202e}moc"), "\\u{9b}2J \\u{202e}moc");
        assert_eq!(printable("Zoë 東京 <x@y>"), "Zoë 東京 <x@y>");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(printable(&"x".repeat(200)).len(), 200);
        assert_eq!(printable(&"x".repeat(201)), "x".repeat(200) + "...");
    }

    #[test]
    fn sentences_are_wrapped_between_words() {
        let text = wrapped(&"word ".repeat(40), 2);
        assert!(text.lines().count() > 1);
        assert!(text.lines().all(|line| line.len() <= WIDTH && line.starts_with("  word") && line.ends_with("word")));
    }
}
