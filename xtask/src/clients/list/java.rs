//! Java: Apache Commons Net, old and new, and Spring Integration, which uses it.

use std::process::Command;

use anyhow::{Context, Result};

use crate::clients::client::{BOTH, Client, Front, Mode};
use crate::fetch::{Java, Product, Program, Recipe, Source};

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

const COMMONS_NET_SOURCE: Source = Source {
    package: "commons-net",
    files: &[
        (
            "pom.xml",
            include_str!("../../../../interop/clients/java/commons-net.xml"),
        ),
        (
            "Round.java",
            include_str!("../../../../interop/clients/java/Round.java"),
        ),
        (
            "CommonsNet.java",
            include_str!("../../../../interop/clients/java/CommonsNet.java"),
        ),
    ],
};

pub(super) const COMMONS_NET_OLD: Client = Client {
    name: "Commons Net",
    needs: NEEDS,
    recipe: Some(&Recipe {
        name: "commons-net-3.9",
        packages: &[],
        product: Product::Java(Java {
            source: COMMONS_NET_SOURCE,
            version: "3.9.0",
        }),
    }),
    command: |program| java(program, "CommonsNet"),
    fronts: FRONTS,
    usual: false,
};

pub(super) const COMMONS_NET: Client = Client {
    name: "Commons Net",
    needs: NEEDS,
    recipe: Some(&Recipe {
        name: "commons-net",
        packages: &[],
        product: Product::Java(Java {
            source: COMMONS_NET_SOURCE,
            version: "3.13.0",
        }),
    }),
    command: |program| java(program, "CommonsNet"),
    fronts: FRONTS,
    usual: true,
};

pub(super) const SPRING_INTEGRATION: Client = Client {
    name: "Spring Integration FTP",
    needs: NEEDS,
    recipe: Some(&Recipe {
        name: "spring-integration",
        packages: &[],
        product: Product::Java(Java {
            source: Source {
                package: "spring-integration-ftp",
                files: &[
                    (
                        "pom.xml",
                        include_str!("../../../../interop/clients/java/spring-integration.xml"),
                    ),
                    (
                        "Round.java",
                        include_str!("../../../../interop/clients/java/Round.java"),
                    ),
                    (
                        "SpringIntegration.java",
                        include_str!("../../../../interop/clients/java/SpringIntegration.java"),
                    ),
                ],
            },
            version: "7.1.2",
        }),
    }),
    command: |program| java(program, "SpringIntegration"),
    fronts: FRONTS,
    usual: false,
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
