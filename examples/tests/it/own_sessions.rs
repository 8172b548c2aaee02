//! `own-sessions`: a login that the app takes over, and the end of everything that came of it.

use mock_okta::Browser;

use crate::servers::{ADA, Running};

const EXE: &str = env!("CARGO_BIN_EXE_own-sessions");

async fn status(app: &Running, browser: &Browser) -> u16 {
    browser.get_once(app.at("/whoami")).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_handed_over_and_revoked_everywhere() {
    let app = Running::start(EXE, &[]).await;
    let (desk, phone) = (app.okta.browser(ADA), app.okta.browser(ADA));
    assert_eq!(status(&app, &desk).await, 401);
    for browser in [&desk, &phone] {
        let reports = browser.open(app.at("/reports")).await;
        assert_eq!((reports.status().as_u16(), reports.url().as_str()), (200, app.at("/reports").as_str()));
        assert!(reports.text().contains("Reports for ada@example.com"));
        let cookies: Vec<String> = browser.cookies().into_iter().map(|cookie| cookie.name).collect();
        assert!(cookies.iter().any(|name| name == "own-session"), "{cookies:?}");
        assert!(!cookies.iter().any(|name| name == "Reports-session"), "{cookies:?}");
    }
    let who = desk.get_once(app.at("/whoami")).await.text();
    assert_eq!(who, phone.get_once(app.at("/whoami")).await.text(), "one person, added once");
    assert!(desk.open(app.at("/")).await.text().contains("Hello, ada@example.com"));

    assert_eq!(Browser::anonymous().post_form_once(app.at("/sign-out-everywhere"), &[]).await.status(), 401);
    assert_eq!((status(&app, &desk).await, status(&app, &phone).await), (200, 200));
    assert_eq!(desk.post_form_once(app.at("/sign-out-everywhere"), &[]).await.status(), 303);
    assert_eq!((status(&app, &desk).await, status(&app, &phone).await), (401, 401));
    assert_eq!(desk.open(app.at("/reports")).await.status(), 200, "and the person may come back");
}
