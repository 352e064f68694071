"""New releases of the package index as targets: what there is, what that asks for, the making."""
