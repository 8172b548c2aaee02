//! PAT-21: Microsoft Entra ID writes booleans as `"True"` and `"False"`, where RFC 7643, 2.3.2, has `true` and `false`.
//!
//! Evidence: the disabling of a user without the flag `aadOptscim062020` is `Replace active "False"` in Microsoft's
//! documentation; ssoready#155 and SCIMReferenceCode#21 report it from PATCH and POST, with leavers who stayed active
//! because the text was stored or passed over. Other texts stay texts, and are refused where a boolean belongs.

use serde_json::Value;

/// The boolean that a text stands for.
pub(in crate::scim) fn rewrite(value: &Value) -> Option<bool> {
    let text = value.as_str()?;
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::rewrite;
    use serde_json::json;

    #[test]
    fn pat_21_two_words_in_any_case_and_nothing_else() {
        assert_eq!(rewrite(&json!("True")), Some(true));
        assert_eq!(rewrite(&json!("False")), Some(false));
        assert_eq!(rewrite(&json!("false")), Some(false));
        for other in [json!("no"), json!("0"), json!(0), json!(""), json!("False "), json!(null)] {
            assert_eq!(rewrite(&other), None, "{other}");
        }
    }
}
