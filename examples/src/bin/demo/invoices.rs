//! The invoices of a tenant: made-up figures.

/// How far an invoice got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Paid,
    Due,
    Overdue,
}

impl State {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Paid => "Paid",
            Self::Due => "Due",
            Self::Overdue => "Overdue",
        }
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Paid => "good",
            Self::Due => "plain",
            Self::Overdue => "warn",
        }
    }
}

/// One invoice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invoice {
    pub(crate) number: &'static str,
    pub(crate) supplier: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) date: &'static str,
    /// In pence.
    pub(crate) amount: u64,
    pub(crate) state: State,
}

impl Invoice {
    pub(crate) fn sum(&self) -> String {
        pounds(self.amount)
    }
}

pub(crate) const INVOICES: &[Invoice] = &[
    invoice("AE-1046", "Clement & Sons", "Brass gears, 3 gross", "14 Nov", 418_250, State::Due),
    invoice("AE-1045", "Jacquard Weaving", "Punched cards, 12,000", "10 Nov", 96_000, State::Due),
    invoice("AE-1044", "Royal Society", "Lecture room, one evening", "2 Nov", 12_500, State::Overdue),
    invoice("AE-1043", "Taylor & Francis", "Printing of the notes", "28 Oct", 57_340, State::Paid),
    invoice("AE-1042", "Clement & Sons", "Mill, first column", "19 Oct", 1_250_000, State::Paid),
];

const fn invoice(
    number: &'static str,
    supplier: &'static str,
    subject: &'static str,
    date: &'static str,
    amount: u64,
    state: State,
) -> Invoice {
    Invoice { number, supplier, subject, date, amount, state }
}

/// What is still to be paid.
pub(crate) fn open() -> String {
    pounds(INVOICES.iter().filter(|invoice| invoice.state != State::Paid).map(|invoice| invoice.amount).sum())
}

fn pounds(pence: u64) -> String {
    let digits = (pence / 100).to_string();
    let mut text = String::from("£");
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text}.{:02}", pence % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_in_groups_of_three() {
        assert_eq!(pounds(5), "£0.05");
        assert_eq!(pounds(99_999), "£999.99");
        assert_eq!(pounds(123_456_789), "£1,234,567.89");
    }
}
