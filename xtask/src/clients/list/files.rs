//! The files of the programs, which become a part of this one.

/// Files of a folder of `interop/clients`: `NAME`, or `NAME from FILE` under another name.
macro_rules! files {
    ($folder:literal: $($name:literal $(from $file:literal)?),+ $(,)?) => {
        &[$(($name, files!(@text $folder, $name $(, $file)?))),+]
    };
    (@text $folder:literal, $name:literal) => {
        include_str!(concat!("../../../../interop/clients/", $folder, "/", $name))
    };
    (@text $folder:literal, $name:literal, $file:literal) => {
        files!(@text $folder, $file)
    };
}

pub(super) use files;
