//! The ids of the rules that have no check here, with the reason.

/// An id without a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The id.
    pub id: &'static str,
    /// Why.
    pub reason: &'static str,
}

macro_rules! left_out {
    ($($reason:literal: $($id:literal)+;)+) => {
        /// The ids of the rules that have no check here, with the reason.
        pub const LEFT_OUT: &[LeftOut] = &[$($(LeftOut { id: $id, reason: $reason }),+),+];
    };
}

left_out! {
    "sorting comes later": "QRY-03" "QRY-105" "QRY-106";
    "`.search` comes later": "QRY-05" "QRY-111";
    "cursors come later": "QRY-06" "QRY-112" "QRY-113" "QRY-114" "QRY-115" "QRY-116";
    "root queries come later": "QRY-09";
    "bulk comes later": "BLK-01" "BLK-02" "BLK-03" "BLK-04" "BLK-101" "BLK-102" "BLK-103" "BLK-104" "BLK-105" "IPS-03";
    "OAuth client credentials are the identity provider's and the app's": "IPS-01";
    "not written yet": "IPS-11";
    "binds clients": "INT-10";
    "how tokens are compared, stored and logged cannot be seen from outside": "TEN-02";
}
