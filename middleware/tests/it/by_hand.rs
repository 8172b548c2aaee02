//! Rows of the attack catalogue that are about keys, metadata, accounts and paths, not about a message: one test per id.

use mock_okta::SignMode;
use mock_okta::sign::{KeyKind, SigningKey};
use vestibule::saml::metadata::IdpMetadata;
use vestibule::saml::xml::Limits;
use vestibule::saml::{Dangerous, IdpKey, IdpKeys};
use vestibule::store::Directory as _;
use vestibule::{Action, NewConnection, ReasonCode};

use crate::support::{ADA, Plan, World, metadata, signed_in};

fn metadata_with(keys: &str) -> Result<IdpMetadata, vestibule::saml::metadata::MetadataError> {
    let sso = "https://idp.example/sso";
    let xml = format!(
        "<md:EntityDescriptor entityID=\"urn:idp\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    );
    IdpMetadata::parse(xml.as_bytes(), &Limits::METADATA)
}

fn descriptor(attributes: &str, key_info: &str) -> String {
    format!(
        "<md:KeyDescriptor{attributes}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{key_info}</ds:KeyInfo></md:KeyDescriptor>"
    )
}

fn x509(text: &str) -> String {
    format!("<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>")
}

fn ec(name: &str) -> SigningKey {
    SigningKey::generate(KeyKind::P256, name, "2026-01-01T00:00:00Z".parse().unwrap()).unwrap()
}

fn public(key: &SigningKey) -> IdpKey {
    IdpKey::from_certificate(key.certificate_der()).unwrap()
}

// Catalogue: no message
async fn alg_07_weak_rsa_keys_are_not_taken() {
    let odd = |octets: usize| vec![0xF1; octets];
    assert!(IdpKey::from_rsa(&odd(256), &[1, 0, 1]).is_ok());
    assert!(IdpKey::from_rsa(&odd(64), &[1, 0, 1]).is_err(), "512 bits");
    assert!(IdpKey::from_rsa(&odd(256), &[1]).is_err(), "exponent 1");
    assert!(IdpKey::from_rsa(&odd(256), &[2]).is_err(), "exponent 2");
    assert!(IdpKey::from_rsa(&[odd(255), vec![2]].concat(), &[1, 0, 1]).is_err(), "an even modulus");
    let weak = IdpKeys::new(vec![IdpKey::from_rsa(&odd(128), &[1, 0, 1]).unwrap()]).unwrap();
    assert!(weak.require_usable(&Dangerous::default()).is_err(), "1024 bits");
    // Nor into a connection, unless its switch is set.
    let world = World::new().await;
    let create = async |rsa1024| {
        let mut idp = metadata(&world.tile);
        idp.keys = weak.clone();
        let new = NewConnection::new(idp).dangerous(move |dangerous| dangerous.rsa1024 = rsa1024);
        world.sso.admin().create_connection(&world.tenant.id, new).await
    };
    assert!(create(false).await.is_err());
    assert!(create(true).await.is_ok());
}

// Catalogue: no message; beside the data: what a connection cannot be
#[test]
fn sig_03_no_connection_without_a_key() {
    assert!(IdpKeys::new(Vec::new()).is_err());
    assert_eq!(metadata_with("").unwrap_err().reason(), metadata_with(&descriptor("", "")).unwrap_err().reason());
    assert!(metadata_with(&descriptor("", &x509(&ec("idp").certificate_base64()))).is_ok());
}

/// What a certificate says beside its key is for others to mind: its dates are noted, all else is nothing to us.
// Catalogue: A R B
async fn alg_10_the_key_of_a_certificate_counts() {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let signer = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(pair.serialized_der()).unwrap();
    let signer = std::sync::Arc::new(signer);
    let certificate = |years: [i32; 2], purposes: &[rcgen::ExtendedKeyUsagePurpose]| {
        let mut parameters = rcgen::CertificateParams::default();
        [parameters.not_before, parameters.not_after] = years.map(|year| rcgen::date_time_ymd(year, 1, 1));
        parameters.extended_key_usages = purposes.to_vec();
        parameters.self_signed(&pair).unwrap().der().to_vec()
    };
    // One that says that it was signed by SHA-1, which it was not: nobody looks.
    let sha1 = |der: Vec<u8>| {
        // sha256WithRSAEncryption (RFC 8017, appendix C), whose last octet makes it sha1WithRSAEncryption.
        const RSA_SHA256: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
        let at: Vec<usize> = (0..der.len()).filter(|at| der[*at..].starts_with(&RSA_SHA256)).collect();
        assert_eq!(at.len(), 2);
        let mut der = der;
        at.iter().for_each(|at| der[at + 8] = 5);
        der
    };
    let now = [2026, 2036];
    for (what, der, noted) in [
        ("as usual", certificate(now, &[]), 0),
        ("expired", certificate([2016, 2026], &[]), 1),
        ("not yet valid", certificate([2027, 2036], &[]), 1),
        ("for servers", certificate(now, &[rcgen::ExtendedKeyUsagePurpose::ServerAuth]), 0),
        ("for code", certificate(now, &[rcgen::ExtendedKeyUsagePurpose::CodeSigning]), 0),
        ("signed with SHA-1", sha1(certificate(now, &[])), 0),
    ] {
        let world = World::new().await;
        let signer = signer.clone();
        let key = SigningKey::external(der, move |_, octets| {
            let mut value = vec![0; signer.public_modulus_len()];
            let (padding, random) = (&aws_lc_rs::signature::RSA_PKCS1_SHA256, aws_lc_rs::rand::SystemRandom::new());
            signer.sign(padding, &random, octets, &mut value).map_err(|error| error.to_string())?;
            Ok(value)
        });
        world.tile.set_key(&key);
        let mut connection = world.connection.clone();
        connection.idp.keys = metadata(&world.tile).keys;
        world.sso.admin().update_connection(connection).await.unwrap();
        for place in [SignMode::Assertion, SignMode::Response, SignMode::Both] {
            let page = world.answer_with(|builder| builder.sign_mode(place)).await;
            assert_eq!(page.status(), 303, "{what}: {:?}", world.last_event().await);
            signed_in(&page);
        }
        assert_eq!(world.events(Action::CertificateOutOfDate).await.len(), noted * 3, "{what}");
        // The control: it is this key that verifies.
        let other = world.okta.add_app("Other").await.key().unwrap();
        let page = world.answer_with(|builder| builder.key(&other)).await;
        world.refused(&page, ReasonCode::SigInvalid).await;
    }
}

// Catalogue: no message
#[test]
fn alg_11_certificates_as_people_paste_them() {
    let key = ec("idp");
    let expected = [public(&key)];
    let (pem, wrapped) = (key.certificate_pem(), key.certificate_base64());
    let bare: String = wrapped.split_ascii_whitespace().collect();
    for text in
        [&pem, &wrapped, &bare, &format!("\r\n {} \r\n", pem.replace('\n', "\r\n")), &format!("subject=x\n{pem}")]
    {
        assert_eq!(IdpKey::parse_certificates(text).unwrap(), expected);
    }
    assert_eq!(IdpKey::parse_certificates(&[pem.clone(), ec("b").certificate_pem()].concat()).unwrap().len(), 2);
    for bad in
        ["", "x", "<a/>", "AAAA", "-----BEGIN CERTIFICATE-----\nAAAA", &pem.replace("CERTIFICATE", "PRIVATE KEY")]
    {
        assert!(IdpKey::parse_certificates(bad).is_err(), "{bad:?}");
    }
    // White space of every kind in metadata; garbage is refused.
    for text in [&wrapped, &bare, &format!("\t\n{}\n", bare.chars().flat_map(|c| [c, ' ']).collect::<String>())] {
        assert_eq!(metadata_with(&descriptor("", &x509(text))).unwrap().keys.iter().next(), Some(&expected[0]));
    }
    assert!(metadata_with(&descriptor("", &x509("%"))).is_err());
    // Of two certificates in one X509Data the first is the signer's (XML Signature 4.5.4), and the second no key of ours.
    let two = x509(&bare).replace("</ds:X509Data>", &x509(&ec("b").certificate_base64()).replace("<ds:X509Data>", ""));
    assert_eq!(two.matches("<ds:X509Certificate>").count(), 2);
    let found: Vec<IdpKey> = metadata_with(&descriptor("", &two)).unwrap().keys.iter().cloned().collect();
    assert_eq!(found, expected);
}

// Catalogue: B; beside the data: another tenant
async fn sem_23_a_name_of_another_tenants_domain_is_nobody_there() {
    let world = World::with(Plan::connect(|new| new.allow_unsolicited().domain("example.com"))).await;
    let other = world.okta.add_app("Other").await;
    let tenant = world.sso.admin().create_tenant("Other").await.unwrap();
    let new = NewConnection::new(metadata(&other)).slug("other".parse().unwrap()).allow_unsolicited();
    let connection = world.sso.admin().create_connection(&tenant.id, new).await.unwrap();
    other.trust(world.sso.metadata_url(&connection.slug)).await;
    let acs = world.sso.acs_url(&connection.slug);
    signed_in(&world.answer_with(|builder| builder).await);
    let ours = world.last_event().await.user.unwrap();
    for name in [ADA, "ADA@example.com", "ada+x@example.com", "\"ada\"@example.com", "ada@example.com@evil.test"] {
        let message = other.response_for(ADA).name_id_value(name).build().unwrap().base64();
        let browser = world.okta.browser(ADA);
        let page = browser.try_post_form_once(world.okta.url(), &acs, &[("SAMLResponse", &message)]).await.unwrap();
        let event = world.last_event().await;
        if page.status() == 303 {
            assert_eq!((event.action, event.tenant.as_ref()), (Action::LoginSucceeded, Some(&tenant.id)), "{name}");
        }
        assert_ne!(event.user.as_ref(), Some(&ours), "{name}");
    }
}

/// The rows have those who are not linked; these are, once each and in any case.
// Catalogue: B; beside the data: whose account it is is seen in the app alone
async fn sem_23_whoever_is_of_the_domain_or_of_none_is_linked() {
    let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
    let now = vestibule::Clock::now(&world.clock);
    let tenant = &world.tenant.id;
    for (id, name) in [("grace", "grace@example.com"), ("local", "root")] {
        let user = vestibule::User::new(tenant.clone(), id.into(), name, now);
        let _ = world.store.create_user(tenant, &user).await.unwrap();
    }
    let login = async |name: &'static str| world.answer_with(move |builder| builder.name_id_value(name)).await;
    for (name, id) in [("Grace@example.com", "grace"), ("root", "local")] {
        signed_in(&login(name).await);
        assert_eq!(world.last_event().await.user.unwrap().as_str(), id);
    }
    // Somebody new of another domain is a new account of this tenant, and nobody else's.
    signed_in(&login("contractor@elsewhere.example").await);
}

/// A handle belongs to the login that it was made for.
// Catalogue: B; beside the data: two answers of the identity provider
async fn rly_02_two_pending_logins_of_one_browser_swapped() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let one = browser.capture_response(world.login_url()).await;
    let two = browser.capture_response(world.login_url()).await;
    let post = async |message: &str, state: &Option<String>| {
        let fields = [("SAMLResponse", message), ("RelayState", state.as_deref().unwrap())];
        world.post_from_okta(&browser, &fields).await
    };
    world.refused(&post(&one.saml_response, &two.relay_state).await, ReasonCode::WrongInResponseTo).await;
    world.refused(&post(&two.saml_response, &one.relay_state).await, ReasonCode::WrongInResponseTo).await;
    signed_in(&post(&one.saml_response, &one.relay_state).await);
    signed_in(&post(&two.saml_response, &two.relay_state).await);
}

/// A key that was taken from the connection meanwhile verifies nothing.
// Catalogue: B
async fn sem_25_the_key_was_removed_meanwhile() {
    let world = World::new().await;
    let (browser, captured) = world.captured().await;
    let admin = world.sso.admin();
    let keys = metadata(&world.okta.add_app("New key").await).keys;
    let mut connection = admin.connection(&world.tenant.id, &world.connection.id).await.unwrap().unwrap();
    let old = std::mem::replace(&mut connection.idp.keys, keys);
    let mut connection = admin.update_connection(connection).await.unwrap();
    world.refused(&browser.try_deliver_once(&captured).await.unwrap(), ReasonCode::SigInvalid).await;
    connection.idp.keys = old;
    admin.update_connection(connection).await.unwrap();
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
}

/// A domain that was taken from the connection meanwhile links nobody any more.
// Catalogue: B
async fn sem_25_the_domain_was_removed_meanwhile() {
    for removed in [true, false] {
        let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
        let tenant = &world.tenant.id;
        let user = vestibule::User::new(tenant.clone(), "ada".into(), ADA, vestibule::Clock::now(&world.clock));
        let _ = world.store.create_user(tenant, &user).await.unwrap();
        let (browser, captured) = world.captured().await;
        let admin = world.sso.admin();
        let mut connection = admin.connection(tenant, &world.connection.id).await.unwrap().unwrap();
        connection.name = "Changed meanwhile".to_owned();
        if removed {
            connection.domains.clear();
        }
        admin.update_connection(connection).await.unwrap();
        let page = browser.try_deliver_once(&captured).await.unwrap();
        if removed {
            world.refused(&page, ReasonCode::AccountConflict).await;
        } else {
            signed_in(&page);
        }
    }
}

// Catalogue: no message
async fn bnd_05_bindings_that_do_not_exist() {
    let world = World::new().await;
    let acs = world.acs();
    let prefix = acs.strip_suffix("/acs").unwrap();
    let browser = world.okta.browser(ADA);
    for path in ["artifact", "ars", "soap", "paos", "ecp", "acs/post", "acs/artifact", "slo"] {
        assert_eq!(browser.get_once(format!("{prefix}/{path}")).await.status(), 404, "{path}");
        let page = browser.post_form_once(format!("{prefix}/{path}"), &[("SAMLart", "x")]).await;
        assert_eq!(page.status(), 404, "{path}");
    }
    let told = browser.get_once(format!("{prefix}/metadata")).await.text();
    assert!(told.contains("bindings:HTTP-POST"));
    assert!(["HTTP-Artifact", "PAOS", "SOAP", "SimpleSign"].iter().all(|binding| !told.contains(binding)));
    signed_in(&world.answer_with(|builder| builder).await);
}

// Catalogue: no message
#[test]
fn md_05_metadata_that_is_odd_or_too_much() {
    let key = ec("idp");
    let honest = descriptor("", &x509(&key.certificate_base64()));
    assert!(metadata_with(&honest).is_ok());
    let parse = |xml: &[u8]| IdpMetadata::parse(xml, &Limits::METADATA);
    assert!(metadata_with(&format!("<!DOCTYPE x>{honest}")).is_err());
    assert_eq!(parse(b"<!DOCTYPE x><a/>").unwrap_err().reason(), ReasonCode::Doctype);
    let large = [&b"<a/>"[..], &vec![b' '; Limits::METADATA.bytes]].concat();
    assert_eq!(parse(&large).unwrap_err().reason(), ReasonCode::TooLarge);
    let keys: Vec<String> =
        (0..40).map(|n| descriptor("", &x509(&ec(&format!("key-{n}")).certificate_base64()))).collect();
    assert!(metadata_with(&keys.concat()).is_err(), "more keys than a connection has");
    // The same key again is one key, but no list is as long as one likes.
    assert_eq!(metadata_with(&honest.repeat(64)).unwrap().keys.iter().count(), 1);
    assert!(metadata_with(&honest.repeat(65)).is_err());
    assert!(metadata_with(&honest.repeat(1_000)).is_err());
    let value = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>MODULUS</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>";
    use base64::Engine as _;
    let modulus = base64::engine::general_purpose::STANDARD.encode([0xF1; 256]);
    let bare = metadata_with(&descriptor("", &value.replace("MODULUS", &modulus))).unwrap();
    assert_eq!(bare.keys.iter().next().unwrap(), &IdpKey::from_rsa(&[0xF1; 256], &[1, 0, 1]).unwrap());
}

// Catalogue: no message
#[test]
fn md_06_our_own_metadata_is_escaped() {
    let with = |attribute: &str, text: &str| {
        let own = vestibule::saml::metadata::SpMetadata {
            entity_id: attribute.into(),
            acs_url: attribute.into(),
            name_id_formats: vec![text.into()],
            want_assertions_signed: false,
        };
        own.to_xml()
    };
    let read = |xml: &str| mock_okta::xml::Element::parse(xml).unwrap();
    let evil = "https://app.example/\"><evil xmlns=\"urn:x\"/>&";
    let end = "x</md:NameIDFormat><evil xmlns=\"urn:x\"/><md:NameIDFormat>y";
    let tree = read(&with(evil, end));
    assert_eq!(tree.find("evil"), None);
    assert_eq!(tree.attribute("entityID"), Some(evil));
    assert_eq!(tree.find("AssertionConsumerService").unwrap().attribute("Location"), Some(evil));
    assert_eq!(tree.find("NameIDFormat").unwrap().text_content(), end);
    // The control: a value without marks stands there as it is, and a writer that escapes nothing is taken in.
    let plain = with("https://app.example/", "urn:plain");
    assert_eq!(read(&plain).attribute("entityID"), Some("https://app.example/"));
    assert!(read(&plain.replace("urn:plain", end)).find("evil").is_some());
}

crate::stores::on_every_store! {
    alg_07_weak_rsa_keys_are_not_taken,
    alg_10_the_key_of_a_certificate_counts,
    sem_23_a_name_of_another_tenants_domain_is_nobody_there,
    sem_23_whoever_is_of_the_domain_or_of_none_is_linked,
    rly_02_two_pending_logins_of_one_browser_swapped,
    sem_25_the_key_was_removed_meanwhile,
    sem_25_the_domain_was_removed_meanwhile,
    bnd_05_bindings_that_do_not_exist,
}
