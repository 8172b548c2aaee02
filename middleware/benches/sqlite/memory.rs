//! How much memory the process has, as Linux tells; elsewhere nothing is told.

fn of(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim_start_matches(':').split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Resident memory in KiB.
pub(crate) fn resident() -> u64 {
    of("VmRSS")
}

/// The most that was resident since the last [`reset_peak`], in KiB.
pub(crate) fn peak() -> u64 {
    of("VmHWM")
}

pub(crate) fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
