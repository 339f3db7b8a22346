"""The ladder of tests; CONTRIBUTING.md says what each folder is for."""
