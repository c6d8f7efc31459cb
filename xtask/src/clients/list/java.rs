//! Java: Apache Commons Net, old and new, and Spring Integration and Apache Camel, which use it.

use std::process::Command;

use anyhow::Result;

use super::files::files;
use crate::clients::client::{Client, EVERY_WAY, Origin, Peculiarity};
use crate::fetch::{Java, Product, Program, Recipe};

const NEEDS: &[(&str, &str)] = &[
    ("java", "openjdk-17-jre-headless"),
    ("javac", "openjdk-17-jdk-headless"),
    ("mvn", "maven"),
];

/// The program's files, and what all programs share.
macro_rules! java_files {
    ($packages:literal, $class:literal) => {
        files!(
            "java": "pom.xml" from $packages, "packages.sha256", "Round.java", "Program.java", $class
        )
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
    origin: Origin::Fetched(
        &recipe(
            "commons-net-3.9",
            java_files!("commons-net.xml", "CommonsNet.java"),
            "3.9.0",
        ),
        |program| java(program, "CommonsNet"),
    ),
    ways: EVERY_WAY,
    peculiarities: &[Peculiarity::InOneWay],
};

pub(super) const COMMONS_NET: Client = Client {
    name: "Commons Net",
    needs: NEEDS,
    origin: Origin::Fetched(
        &recipe(
            "commons-net",
            java_files!("commons-net.xml", "CommonsNet.java"),
            "3.13.0",
        ),
        |program| java(program, "CommonsNet"),
    ),
    ways: EVERY_WAY,
    peculiarities: &[],
};

pub(super) const SPRING_INTEGRATION: Client = Client {
    name: "Spring Integration FTP",
    needs: NEEDS,
    origin: Origin::Fetched(
        &recipe(
            "spring-integration",
            java_files!("spring-integration.xml", "SpringIntegration.java"),
            "7.1.2",
        ),
        |program| java(program, "SpringIntegration"),
    ),
    ways: EVERY_WAY,
    peculiarities: &[Peculiarity::InOneWay],
};

pub(super) const CAMEL: Client = Client {
    name: "Apache Camel FTP",
    needs: NEEDS,
    origin: Origin::Fetched(
        &recipe("camel", java_files!("camel.xml", "Camel.java"), "4.22.0"),
        |program| java(program, "Camel"),
    ),
    ways: EVERY_WAY,
    peculiarities: &[Peculiarity::InOneWay],
};

/// Runs a class of ours with the packages that it uses.
fn java(program: &Program, class: &str) -> Result<Command> {
    let (classes, packages) = (program.file("classes"), program.file("packages"));
    let mut command = Command::new("java");
    command
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
        .arg(format!("{}:{}/*", classes.display(), packages.display()))
        .arg(class)
        .env("ROUND_VERSION", &program.version);
    Ok(command)
}
