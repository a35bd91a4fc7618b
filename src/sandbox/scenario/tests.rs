use super::*;

fn calm() -> String {
    OWN.iter().find(|(name, _)| *name == "calm").unwrap().1.to_owned()
}

#[test]
fn each_of_the_programs_own_makes_sense() {
    for name in Scenario::names() {
        let scenario = Scenario::load(name).unwrap();
        assert!(scenario.about.ends_with('.'), "{name}");
    }
    assert_eq!(Scenario::names(), ["calm", "storm", "faults", "handoffs"]);
}

#[test]
fn what_is_neither_name_nor_file_is_told_with_the_names_there_are() {
    let error = Scenario::load("strom").unwrap_err().to_string();
    assert!(error.contains("\"strom\"") && error.contains("calm, storm, faults, handoffs"), "{error}");
}

#[test]
fn nonsense_is_refused_by_the_name_of_the_field() {
    let wrong = [
        ("rate = 2\n", "rate = 0\n", "rate"),
        ("invites = 80", "invites = 180", "desk.invites"),
        ("pause_ms = [3000, 12000]", "pause_ms = [3000, 12]", "tempers.patient.pause_ms"),
        ("acts = [1, 3]", "acts = [0, 3]", "tempers.patient.acts"),
        ("[tempers.furious]", "[tempers.happy]", "tempers.happy"),
        ("[desk]", "[faults]\nslow_percent = 101\n[desk]", "faults.slow_percent"),
        ("[desk]", "[[deaths]]\nat = 0\nside = \"worker\"\n[desk]", "deaths.at"),
        ("[desk]", "[[storms]]\nfrom = 60\nto = 50\ntimes = 2\ntopic = \"outage\"\n[desk]", "storms"),
        ("[desk]", "[[storms]]\nfrom = 6\nto = 50\ntimes = 2\ntopic = \"weather\"\n[desk]", "storms.topic"),
        ("languages = { en = 40,", "languages = { tlh = 40,", "tlh"),
        ("[people]", "[people]\ncolour = 3", "colour"),
    ];
    for (before, after, name) in wrong {
        let text = calm().replace(before, after);
        assert_ne!(text, calm(), "{before}");
        let error = Scenario::read("mine.toml", &text).unwrap_err().to_string();
        assert!(error.starts_with("mine.toml: ") && error.contains(name), "{name}: {error}");
    }
}
