//! Rows of the attack catalogue that are about keys, metadata, accounts and paths, not about a message: one test per id.

use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::{NameId, ResponseBuilder, SignMode};
use vestibule::saml::metadata::IdpMetadata;
use vestibule::saml::response::{SignaturePolicy, verify};
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

#[test]
pub(crate) fn alg_06_ecdsa_values_of_another_form() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let key = ec("idp");
    let keys = IdpKeys::new(vec![public(&key)]).unwrap();
    let name = NameId { value: ADA.into(), format: None, name_qualifier: None, sp_name_qualifier: None };
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let honest = ResponseBuilder::new("urn:idp", name, key, now);
    for place in [SignMode::Assertion, SignMode::Response] {
        let with = |bend: &dyn Fn(&[u8]) -> Vec<u8>| {
            let mut response = honest.clone().sign_mode(place).build().unwrap();
            let value = response.tree_mut().find_mut("SignatureValue").unwrap();
            let octets = STANDARD.decode(value.text_content()).unwrap();
            value.set_text(STANDARD.encode(bend(&octets)));
            let policy = SignaturePolicy::default();
            verify(response.xml().as_bytes(), &keys, &policy, &Limits::MESSAGE).map_err(|error| error.reason())
        };
        assert!(with(&<[u8]>::to_vec).is_ok());
        let der = |octets: &[u8]| {
            let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
            let body = [integer(&octets[..32]), integer(&octets[32..])].concat();
            [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
        };
        type Bend<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
        let bends: [Bend<'_>; 7] = [
            &der,
            &|_| vec![0; 64],
            &|octets| [&octets[..32], &[0; 32]].concat(),
            &|octets| [&[0; 32], &octets[32..]].concat(),
            &|octets| octets[..63].to_vec(),
            &|octets| [octets, &[0]].concat(),
            &|_| vec![0xFF; 64],
        ];
        for bend in bends {
            assert_eq!(with(bend).unwrap_err(), ReasonCode::SigInvalid, "{place:?}");
        }
    }
}

#[tokio::test]
pub(crate) async fn alg_07_weak_rsa_keys_are_not_taken() {
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

#[test]
pub(crate) fn sig_03_no_connection_without_a_key() {
    assert!(IdpKeys::new(Vec::new()).is_err());
    assert_eq!(metadata_with("").unwrap_err().reason(), metadata_with(&descriptor("", "")).unwrap_err().reason());
    assert!(metadata_with(&descriptor("", &x509(&ec("idp").certificate_base64()))).is_ok());
}

#[tokio::test]
pub(crate) async fn alg_10_a_certificate_that_is_out_of_date_is_noted() {
    let world = World::with(Plan::connect(NewConnection::allow_unsolicited)).await;
    signed_in(&world.answer_with(|builder| builder).await);
    assert_eq!(world.events(Action::CertificateOutOfDate).await.len(), 0);
    world.clock.advance(std::time::Duration::from_secs(11 * 366 * 86_400));
    let message = world.tile.response_for(ADA).build().unwrap().base64();
    signed_in(&world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", &message)]).await);
    assert_eq!(world.events(Action::CertificateOutOfDate).await.len(), 1);
}

#[test]
pub(crate) fn alg_11_certificates_as_people_paste_them() {
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
}

#[tokio::test]
pub(crate) async fn alg_12_of_several_keys_those_for_signing_verify() {
    let (first, second) = (ec("first"), ec("second"));
    let of = |attributes: &str, key: &SigningKey| descriptor(attributes, &x509(&key.certificate_base64()));
    let keys = |xml: &str| metadata_with(xml).unwrap().keys;
    let both = keys(&[of(" use=\"signing\"", &first), of("", &second)].concat());
    let one = keys(&[of(" use=\"signing\"", &first), of(" use=\"encryption\"", &second)].concat());
    assert!(metadata_with(&of(" use=\"encryption\"", &second)).is_err());
    for (keys, accepted) in [(both, true), (one, false)] {
        let world = World::new().await;
        let mut connection = world.connection.clone();
        connection.idp.keys = keys;
        world.sso.admin().update_connection(connection).await.unwrap();
        for place in [SignMode::Assertion, SignMode::Response, SignMode::Both] {
            signed_in(&world.answer_with(|builder| builder.sign_mode(place).key(&first)).await);
            let page = world.answer_with(|builder| builder.sign_mode(place).key(&second)).await;
            if accepted {
                signed_in(&page);
            } else {
                world.refused(&page, ReasonCode::SigInvalid).await;
            }
        }
    }
}

#[tokio::test]
pub(crate) async fn sem_23_a_name_of_another_tenants_domain_is_nobody_there() {
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

/// An account that is there already is linked only by a connection that has its domain.
#[tokio::test]
async fn sem_23_only_the_domains_of_the_connection_are_linked() {
    let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
    let now = vestibule::Clock::now(&world.clock);
    let tenant = &world.tenant.id;
    for (id, name) in [("boss", "ceo@tenant-b.test"), ("grace", "grace@example.com"), ("local", "root")] {
        let user = vestibule::User::new(tenant.clone(), id.into(), name, now);
        let _ = world.store.create_user(tenant, &user).await.unwrap();
    }
    let login = async |name: &'static str| world.answer_with(move |builder| builder.name_id_value(name)).await;
    world.refused(&login("ceo@tenant-b.test").await, ReasonCode::AccountConflict).await;
    world.refused(&login("CEO@tenant-b.test").await, ReasonCode::AccountConflict).await;
    for odd in ["\"grace\"@example.com", "grace@evil.test@example.com", "=?utf-8?q?grace?=@example.com"] {
        let user = vestibule::User::new(tenant.clone(), format!("app-{odd}").into(), odd, now);
        let _ = world.store.create_user(tenant, &user).await.unwrap();
        world.refused(&login(odd).await, ReasonCode::AccountConflict).await;
    }
    for (name, id) in [("Grace@example.com", "grace"), ("root", "local")] {
        signed_in(&login(name).await);
        assert_eq!(world.last_event().await.user.unwrap().as_str(), id);
    }
    // Somebody new of another domain is a new account of this tenant, and nobody else's.
    signed_in(&login("contractor@elsewhere.example").await);
}

/// A handle belongs to the login that it was made for.
#[tokio::test]
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
#[tokio::test]
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

#[tokio::test]
pub(crate) async fn bnd_05_bindings_that_do_not_exist() {
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

#[test]
pub(crate) fn md_05_metadata_that_is_odd_or_too_much() {
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
    assert!(metadata_with(&honest.repeat(1_000)).map_or(true, |metadata| metadata.keys.iter().count() == 1));
    let value = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>MODULUS</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>";
    use base64::Engine as _;
    let modulus = base64::engine::general_purpose::STANDARD.encode([0xF1; 256]);
    let bare = metadata_with(&descriptor("", &value.replace("MODULUS", &modulus))).unwrap();
    assert_eq!(bare.keys.iter().next().unwrap(), &IdpKey::from_rsa(&[0xF1; 256], &[1, 0, 1]).unwrap());
}

#[test]
pub(crate) fn md_06_our_own_metadata_is_escaped() {
    let evil = "https://app.example/\"><evil xmlns=\"urn:x\"/>&";
    let own = vestibule::saml::metadata::SpMetadata {
        entity_id: evil.into(),
        acs_url: evil.into(),
        name_id_formats: vec![evil.into()],
        want_assertions_signed: false,
    };
    let tree = mock_okta::xml::Element::parse(&own.to_xml()).unwrap();
    assert_eq!(tree.find("evil"), None);
    assert_eq!(tree.attribute("entityID"), Some(evil));
    assert_eq!(tree.find("AssertionConsumerService").unwrap().attribute("Location"), Some(evil));
    assert_eq!(tree.find("NameIDFormat").unwrap().text_content(), evil);
}
