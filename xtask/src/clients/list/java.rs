//! Java: Apache Commons Net, old and new, and Spring Integration and Apache Camel, which use it.

use std::process::Command;

use anyhow::{Context, Result};

use crate::clients::client::{BOTH, Client, Front, Mode};
use crate::fetch::{Java, Product, Program, Recipe};

const NEEDS: &[(&str, &str)] = &[
    ("java", "openjdk-17-jre-headless"),
    ("javac", "openjdk-17-jdk-headless"),
    ("mvn", "maven"),
];

const FRONTS: &[(Front, &[Mode])] = &[
    (Front::Plain, BOTH),
    (Front::Explicit, BOTH),
    (Front::Implicit, BOTH),
];

/// The program's files, and what all programs share.
macro_rules! files {
    ($packages:literal, $class:literal) => {
        &[
            (
                "pom.xml",
                include_str!(concat!("../../../../interop/clients/java/", $packages)),
            ),
            (
                "packages.sha256",
                include_str!("../../../../interop/clients/java/packages.sha256"),
            ),
            (
                "Round.java",
                include_str!("../../../../interop/clients/java/Round.java"),
            ),
            (
                "Program.java",
                include_str!("../../../../interop/clients/java/Program.java"),
            ),
            (
                concat!($class, ".java"),
                include_str!(concat!(
                    "../../../../interop/clients/java/",
                    $class,
                    ".java"
                )),
            ),
        ]
    };
}

const fn recipe(
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    version: &'static str,
) -> Recipe {
    Recipe {
        name,
        packages: &[],
        product: Product::Java(Java { files, version }),
    }
}

pub(super) const COMMONS_NET_OLD: Client = Client {
    name: "Commons Net",
    needs: NEEDS,
    recipe: Some(&recipe(
        "commons-net-3.9",
        files!("commons-net.xml", "CommonsNet"),
        "3.9.0",
    )),
    command: |program| java(program, "CommonsNet"),
    fronts: FRONTS,
    in_one_way: true,
};

pub(super) const COMMONS_NET: Client = Client {
    name: "Commons Net",
    needs: NEEDS,
    recipe: Some(&recipe(
        "commons-net",
        files!("commons-net.xml", "CommonsNet"),
        "3.13.0",
    )),
    command: |program| java(program, "CommonsNet"),
    fronts: FRONTS,
    in_one_way: false,
};

pub(super) const SPRING_INTEGRATION: Client = Client {
    name: "Spring Integration FTP",
    needs: NEEDS,
    recipe: Some(&recipe(
        "spring-integration",
        files!("spring-integration.xml", "SpringIntegration"),
        "7.1.2",
    )),
    command: |program| java(program, "SpringIntegration"),
    fronts: FRONTS,
    in_one_way: true,
};

pub(super) const CAMEL: Client = Client {
    name: "Apache Camel FTP",
    needs: NEEDS,
    recipe: Some(&recipe("camel", files!("camel.xml", "Camel"), "4.22.0")),
    command: |program| java(program, "Camel"),
    fronts: FRONTS,
    in_one_way: true,
};

/// Runs a class of ours with the packages that it uses.
fn java(program: Option<&Program>, class: &str) -> Result<Command> {
    let program = program.context("it was not fetched")?;
    let (classes, packages) = (program.file("classes"), program.file("packages"));
    let mut command = Command::new("java");
    command
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
        .arg(format!("{}:{}/*", classes.display(), packages.display()))
        .arg(class)
        .env("ROUND_VERSION", &program.version);
    Ok(command)
}
