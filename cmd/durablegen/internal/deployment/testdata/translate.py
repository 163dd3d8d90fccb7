"""Prints what the Serverless Application Model makes of a template, as CloudFormation gets it."""
import json
import os
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
with open(sys.argv[1]) as f:
    template = yaml_parse(f.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/function.zip"  # as `sam package` does
session = boto3.session.Session(region_name="eu-west-1")
print(json.dumps(Translator({}, Parser(), boto_session=session).translate(template, {})))
