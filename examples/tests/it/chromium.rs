//! The demo as a person sees it: real Chromium, at the width of a desk and of a phone.
//!
//! With `DEMO_SHOTS` set to a folder, each page is saved there as a picture.

use base64::Engine as _;

use crate::demo::DEMO;
use crate::process::Program;
use crate::webdriver::Chromium;

/// The demo, and a browser that looks at it.
struct Tour {
    chromium: Chromium,
    app: String,
    okta: String,
    size: &'static str,
    _demo: Program,
}

impl Tour {
    fn start(size: &'static str, (width, height): (u32, u32)) -> Self {
        let (demo, lines) = Program::start(DEMO, &["--port", "0", "--okta-port", "0"], "Started in");
        let url = |host: &str| {
            let mut words = lines.iter().flat_map(|line| line.split_whitespace());
            words.find(|word| word.starts_with(host)).unwrap().to_owned()
        };
        let (app, okta) = (url("http://localhost:"), url("http://127.0.0.1:"));
        let chromium = Chromium::start();
        chromium.resize(width, height);
        Self { chromium, app, okta, size, _demo: demo }
    }

    /// Looks at the page: it fits, and it is what it should be.
    fn look(&self, name: &str, texts: &[&str]) {
        let shown = self.chromium.text();
        for text in texts {
            assert!(shown.contains(text), "{name}: expected {text:?} in {shown}");
        }
        self.chromium.shoot(&format!("{name}-{}", self.size));
        assert!(self.chromium.overflow() <= 0, "{name} is wider than the window");
    }

    /// The same at both widths, in light and dark.
    fn look_everywhere(&self, name: &str, texts: &[&str]) {
        for (width, height) in [(390, 844), (1280, 900)] {
            self.chromium.resize(width, height);
            for dark in [true, false] {
                self.chromium.dark(dark);
                self.look(&format!("{name}-{}-{width}", if dark { "dark" } else { "light" }), texts);
            }
        }
    }

    fn home(&self) {
        self.chromium.open(&self.app);
    }

    fn give_password(&self, login: &str, password: &str) {
        self.chromium.find("//input[@name='username']").type_text(login);
        self.chromium.find("//input[@name='password']").type_text(password);
        self.chromium.control("Sign in").click();
    }

    /// A page with the form of mock Okta's page, to be sent more than once.
    fn form_that_posts_again(&self) -> String {
        let value = |name: &str| self.chromium.find(&format!("//input[@name='{name}']")).value();
        let page = format!(
            "<form method=post action={}/sso/analytical/acs><input name=SAMLResponse value='{}'>\
             <input name=RelayState value='{}'><button>Again</button></form>",
            self.app,
            value("SAMLResponse"),
            value("RelayState")
        );
        format!("data:text/html;base64,{}", base64::engine::general_purpose::STANDARD.encode(page))
    }

    fn walk(&self) {
        let Self { chromium, app, okta, .. } = self;

        // Sign in, starting at the app.
        self.home();
        self.look("home-signed-out", &["Not signed in", "ada-mock-1", "not assigned"]);
        chromium.control("Open the invoices").click();
        chromium.heading("Sign in");
        assert!(chromium.url().starts_with(okta.as_str()), "{}", chromium.url());
        self.look("okta-sign-in", &["Password"]);
        self.give_password("ada@example.com", "ada-mock-1");
        chromium.heading("Invoices");
        assert_eq!(chromium.url(), format!("{app}/invoices"));
        self.look("invoices", &["Ada Lovelace", "ada@example.com", "Engineering", "Leadership", "firstName", "£"]);
        self.home();
        self.look("home-signed-in", &["You are in, Ada Lovelace", "Done"]);

        // Sign out, and sign in once more, without a password and without scripts.
        chromium.control("Sign out").click();
        chromium.heading("Sign in with");
        assert!(chromium.text().contains("Not signed in"));
        chromium.scripts(false);
        chromium.control("Open the invoices").click();
        chromium.heading("Signing in to Ledgerline");
        self.look("okta-post", &["Continue to Ledgerline"]);
        let again = self.form_that_posts_again();
        chromium.control("Continue to Ledgerline").click();
        chromium.heading("Invoices");

        // The same response again: harmless while the session lasts, as for who presses Back, and used up afterwards.
        chromium.open(&again);
        chromium.control("Again").click();
        chromium.heading("Invoices");
        chromium.control("Sign out").click();
        chromium.heading("Sign in with");
        chromium.open(&again);
        chromium.control("Again").click();
        chromium.heading("We could not sign you in");
        self.home();
        assert!(chromium.text().contains("Not signed in"));
        chromium.scripts(true);

        // The tile.
        chromium.control("Okta’s dashboard").click();
        chromium.heading("Hello, Ada");
        self.look("okta-dashboard", &["Ledgerline"]);
        chromium.find("//a[contains(., 'Ledgerline')]").click();
        chromium.heading("You are in, Ada Lovelace");
        chromium.control("Sign out").click();
        chromium.heading("Sign in with");

        // Somebody who is not assigned.
        chromium.control("1. Sign out at Okta").click();
        self.home();
        chromium.control("2. Sign in here").click();
        chromium.heading("Sign in");
        self.give_password("soren@example.com", "soren-mock-1");
        chromium.heading("Not Assigned");
        self.look("okta-not-assigned", &["Søren"]);

        // A forged response.
        self.home();
        chromium.control("Send a forged response").click();
        chromium.heading("We could not sign you in");
        self.look("error", &["code"]);

        // An unknown company, then a known one: the form's policy has to let the way to Okta through.
        self.home();
        chromium.control("Unknown company").click();
        chromium.heading("Sign in with your company account");
        self.look("email", &["someone@elsewhere.example"]);
        chromium.find("//input[@name='email']").type_text("soren@example.com");
        chromium.control("Continue").click();
        chromium.heading("Not Assigned");
        assert!(chromium.url().starts_with(okta.as_str()), "{}", chromium.url());

        // A page that is not there.
        chromium.open(&format!("{app}/nowhere"));
        self.look("missing", &["No page has this address"]);
        chromium.open(&format!("{}/sso/nobody/login", self.app));
        self.look("no-such-connection", &["This sign-in address is not in use"]);
    }

    /// Nothing was refused by a page's own policy.
    fn console_is_quiet(&self) {
        let lines = self.chromium.console();
        let refused: Vec<String> = lines.into_iter().filter(|line| line.contains("Content Security Policy")).collect();
        assert_eq!(refused, [""; 0]);
    }
}

#[test]
#[ignore = "needs chromium"]
fn the_demo_on_a_desk() {
    let tour = Tour::start("1440", (1440, 900));
    tour.walk();
    tour.chromium.dark(true);
    tour.home();
    tour.look("home-dark", &["Ledgerline"]);
    tour.chromium.open(&format!("{}/sso/login?email=someone%40elsewhere.example", tour.app));
    tour.look("email-dark", &["elsewhere.example"]);
    tour.chromium.open(&format!("{}/login/signout", tour.okta));
    tour.chromium.open(&format!("{}/invoices", tour.app));
    tour.chromium.heading("Sign in");
    tour.look("okta-sign-in-dark", &["Password"]);
    tour.give_password("ada@example.com", "ada-mock-1");
    tour.chromium.heading("Invoices");
    tour.look("invoices-dark", &["Leadership"]);
    tour.console_is_quiet();
}

#[test]
#[ignore = "needs chromium"]
fn the_demo_on_a_phone() {
    let tour = Tour::start("390", (390, 844));
    tour.walk();
    tour.console_is_quiet();
}

#[test]
#[ignore = "needs chromium"]
fn who_leaves_is_refused_at_the_next_click() {
    let tour = Tour::start("1280", (1280, 900));
    let Tour { chromium, app, okta, .. } = &tour;

    // Locked until a login has proven the connection.
    tour.home();
    tour.look_everywhere("provisioning-locked", &["Provisioning is locked", "step 1", "Nobody yet", "Nothing yet"]);
    chromium.open(&format!("{app}/invoices"));
    chromium.heading("Sign in");
    tour.give_password("ada@example.com", "ada-mock-1");
    chromium.heading("Invoices");
    assert!(chromium.text().contains("approver"), "{}", chromium.text());
    tour.home();
    tour.look_everywhere("provisioning-off", &["Provisioning is off", "account from a login", "Ada Lovelace"]);

    // A form of another site does nothing.
    let page = format!("<form method=post action={app}/provisioning/enable><button>Enable</button></form>");
    let page = format!("data:text/html;base64,{}", base64::engine::general_purpose::STANDARD.encode(page));
    chromium.open(&page);
    chromium.control("Enable").click();
    chromium.find("//*[contains(text(), 'sent by another site')]");
    tour.home();
    tour.look("provisioning-still-off", &["Provisioning is off"]);

    // All of it is forms: no script is needed.
    chromium.scripts(false);
    chromium.control("Enable provisioning").click();
    chromium.find("//h3[.='Provisioning is on']");
    assert_eq!(chromium.url(), format!("{app}/#provisioning"));
    chromium.control("Hire Mary").click();
    chromium.find("//*[@role='status'][contains(., 'Mary Somerville has an account now')]");
    chromium.control("Hire Ada").click();
    chromium.find("//*[@role='status'][contains(., 'Ada Lovelace had an account already')]");
    chromium.control("Push groups").click();
    chromium.find("//*[@role='status'][contains(., 'groups are pushed')]");
    chromium.control("Rename Mary").click();
    chromium.find("//*[@role='status'][contains(., 'Mary Somerville-King')]");
    chromium.find("//summary[contains(., 'POST')][contains(., '/Users')]").click();
    let texts = ["externalId", "Bearer [hidden]", "\"password\": \"[hidden]\"", "in Leadership", "userName eq"];
    tour.look_everywhere("provisioning-on", &texts);
    chromium.scripts(true);

    // Mary signs in where Ada was.
    chromium.control("Sign out").click();
    chromium.heading("Sign in with");
    chromium.open(&format!("{okta}/login/signout"));
    chromium.open(&format!("{app}/invoices"));
    chromium.heading("Sign in");
    tour.give_password("mary@example.com", "mary-mock-1");
    chromium.heading("Invoices");
    tour.look("provisioning-invoices", &["Mary Somerville-King", "approver"]);

    // In another tab she is deactivated; in hers the next click is refused.
    let hers = chromium.tab();
    let other = chromium.open_tab();
    tour.home();
    chromium.heading("You are in, Mary");
    chromium.control("Mary leaves: deactivate and sign out").click();
    chromium.heading("Sign in with");
    let left = ["Mary Somerville-King has left", "refused at its next click", "inactive", "Not signed in"];
    tour.look_everywhere("provisioning-left", &left);
    chromium.switch(&hers);
    chromium.heading("Invoices");
    chromium.control("Invoices").click();
    chromium.heading("We could not sign you in");

    // The control: once she is back, the same click leads in.
    chromium.switch(&other);
    chromium.control("Mary comes back").click();
    chromium.find("//*[@role='status'][contains(., 'back under the same id')]");
    chromium.switch(&hers);
    chromium.open(&format!("{app}/invoices"));
    chromium.heading("Invoices");
    assert!(chromium.text().contains("Mary Somerville-King"));

    // Without a token nothing can be changed, and nothing is offered.
    tour.home();
    chromium.control("Disable and kill the token").click();
    chromium.find("//*[@role='status'][contains(., 'The token is dead')]");
    tour.look("provisioning-disabled", &["Provisioning is off"]);
    assert!(!chromium.text().contains("Mary leaves"), "{}", chromium.text());
    tour.console_is_quiet();
}
