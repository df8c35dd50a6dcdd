"""Credentials files that scripts and cloud-init put onto an instance."""

from __future__ import annotations

import pytest

from iplint.aws.credentials_file import HINTS, credentials_files
from iplint.syntax.shell import Script


def found(flat: str) -> list[int]:
    """Return the lines of what writes a credentials file."""
    assert any(hint in flat for hint in HINTS) or not list(credentials_files(Script(flat), flat))
    return [flat.count("\n", 0, file.start) + 1 for file in credentials_files(Script(flat), flat)]


@pytest.mark.parametrize(
    "script",
    [
        "aws s3 cp s3://deploy/credentials /root/.aws/credentials",
        "aws s3 cp s3://deploy/credentials ~/.aws/",
        "cp /tmp/creds ~ec2-user/.aws/credentials",
        "mv creds $HOME/.aws/credentials",
        "sudo install -m 600 creds /home/app/.aws/credentials",
        "ln -s /mnt/creds ~/.aws/credentials",
        "curl -o ~/.aws/credentials https://example.com/creds",
        "wget -O /root/.aws/credentials https://example.com/creds",
        "scp host:creds /root/.aws/credentials",
        "echo '[default]' > ~/.aws/credentials",
        "echo 'aws_access_key_id = <your key>' | sudo tee -a /root/.aws/credentials",
        "cat > /home/app/.aws/credentials <<CONF\n[default]\naws_access_key_id = <your key>\nCONF",
        "cat <<CONF > ~/.aws/credentials\naws_secret_access_key = CHANGEME\nCONF\n",
        "su - app -c 'aws configure set aws_access_key_id somekey'",
        "aws configure set profile.app.aws_secret_access_key somesecret",
        "aws configure --profile app set aws_access_key_id $1",
        "printf 'id\\nsecret\\n\\n\\n' | aws configure",
        "aws configure <<EOF\nid\nsecret\nEOF",
        "aws configure import --csv file://key.csv",
        "#cloud-config\nwrite_files:\n  - path: /root/.aws/credentials\n    content: |\n      [default]",
        "#cloud-config\nwrite_files:\n  - content: x\n    path: '/root/.aws/credentials'",
        '{"storage": {"files": [{"path": "/home/core/.aws/credentials"}]}}',
        "<powershell>\nSet-Content -Path C:\\Users\\app\\.aws\\credentials -Value '[default]'\n</powershell>",
        "<powershell>\nCopy-Item creds -Destination C:\\Users\\app\\.aws\\credentials\n</powershell>",
        "<powershell>\nSet-AWSCredential -AccessKey $id -SecretKey $key -StoreAs default\n</powershell>",
        "<powershell>\nSet-AWSCredentials -AccessKey $id -SecretKey $key -StoreAs default\n</powershell>",
        "<powershell>\nInitialize-AWSDefaults -AccessKey $id -SecretKey $key\n</powershell>",
        "<powershell>\nInitialize-AWSDefaultConfiguration -AccessKey $id -SecretKey $key\n</powershell>",
        "<powershell>\nInvoke-WebRequest -Uri https://x/y -OutFile $HOME\\.aws\\credentials\n</powershell>",
        "<script>\ncopy /Y C:\\temp\\c.txt C:\\Users\\app\\.aws\\credentials\n</script>",
        "<script>\ncopy C:\\temp\\c.txt C:\\Users\\app\\.aws\\credentials /Y\n</script>",
        "<script>\nxcopy C:\\temp\\credentials C:\\Users\\app\\.aws\\ /Y /I\n</script>",
        "<script>\nxcopy /E /I C:\\seed\\.aws C:\\Users\\app\\.aws\n</script>",
        "<script>\nrobocopy C:\\seed C:\\Users\\app\\.aws credentials /R:3\n</script>",
        '<script>\nmove creds "%USERPROFILE%\\.aws\\credentials"\n</script>',
        "<script>\necho [default] > %USERPROFILE%\\.aws\\credentials\n</script>",
        "@echo off\ncurl.exe -o C:\\Users\\app\\.aws\\credentials https://x.example.com/c\n",
        "<script>\ncertutil -urlcache -f https://x.example.com/c C:\\Users\\app\\.aws\\credentials\n</script>",
        "<script>\nbitsadmin /transfer j https://x.example.com/c C:\\Users\\app\\.aws\\credentials\n</script>",
        "version: 1.1\ntasks:\n- task: executeScript\n  inputs:\n  - type: batch\n    content: |-\n"
        "      aws s3 cp s3://b/c C:\\Users\\app\\.aws\\credentials\n",
        "<powershell>\n(New-Object Net.WebClient).DownloadFile('https://x/c', 'C:\\app\\.aws\\credentials')\n",
        '<powershell>\n[IO.File]::WriteAllText("$HOME\\.aws\\credentials", $c)\n</powershell>',
        "python3 -c \"import boto3; boto3.client('s3').download_file('b', 'c', '/root/.aws/credentials')\"",
        "python3 - <<P\nopen('/root/.aws/credentials', 'w').write(x)\nP",
        "- copy: src=creds dest=/root/.aws/credentials",
        "aws s3 sync s3://deploy/aws ~/.aws",
        "cp -r /opt/seed/.aws /root/",
        "rsync -a /mnt/.aws/ /home/app/.aws/",
        "export AWS_SHARED_CREDENTIALS_FILE=/etc/app/creds\naws s3 cp s3://deploy/creds /etc/app/creds",
        'echo "aws_secret_access_key=$1" > /etc/creds\nAWS_SHARED_CREDENTIALS_FILE=/etc/creds aws s3 ls',
        # Temporary credentials beside it do not make the file one of these.
        "curl $MD/iam/security-credentials/\naws s3 cp s3://deploy/credentials ~/.aws/credentials",
        "aws sts assume-role --role-arn x\ncurl -o ~/.aws/credentials https://$HOST/creds",
        "aws sts assume-role --role-arn x\naws configure set aws_access_key_id somekey",
    ],
)
def test_what_puts_a_credentials_file_there(script: str) -> None:
    assert len(found(script)) == 1


@pytest.mark.parametrize(
    "script",
    [
        "aws configure set region eu-west-1\naws configure set default.output json",
        "printf '[default]\\nregion = eu-west-1\\n' > /root/.aws/config",
        "mkdir -p ~/.aws && chmod 700 ~/.aws",
        "rm -f ~/.aws/credentials",
        "test -e ~/.aws/credentials && cat ~/.aws/credentials",
        "chmod 600 /root/.aws/credentials",
        "# cp creds ~/.aws/credentials",
        "unset AWS_SHARED_CREDENTIALS_FILE",
        "cat > ~/.aws/credentials <<E\n[default]\nrole_arn = arn:aws:iam::111122223333:role/x\n"
        "credential_source = Ec2InstanceMetadata\nE",
        "cat > ~/.aws/credentials <<E\n[default]\ncredential_process = /opt/get\nE",
        "aws sts assume-role --role-arn x > c.json\naws configure set aws_access_key_id $(jq -r .x c.json)\n"
        "aws configure set aws_session_token $(jq -r .y c.json)",
        "aws configure list",
        "C=$(aws sts assume-role --role-arn x)\ncat > ~/.aws/credentials <<E\naws_secret_access_key=$K\nE",
        "C=$(aws sts assume-role --role-arn x)\necho aws_secret_access_key=$K | tee ~/.aws/credentials",
        "mkdir -p ~/.aws\nchown -R app:app /home/app/.aws",
        "cp config ~/.aws/",
        "docker run -v ~/.aws:/root/.aws:ro image",
        "export AWS_SHARED_CREDENTIALS_FILE=/dev/null",
        "aws s3 cp /var/log/app s3://logs/",
        "cp /root/.aws/credentials.md /usr/share/doc",
    ],
)
def test_what_does_not(script: str) -> None:
    assert found(script) == []


def test_the_two_halves_of_a_key_are_one_file() -> None:
    script = "#!/bin/sh\naws configure set aws_access_key_id a\naws configure set aws_secret_access_key b\n"
    assert found(script) == [2]


WRITERS = ["Add-Content", "Copy-Item", "Copy-S3Object", "curl", "Invoke-WebRequest", "iwr", "Move-Item", "New-Item"]


@pytest.mark.parametrize("command", [*WRITERS, "Out-File", "Read-S3Object", "Set-Content", "tee", "wget"])
def test_a_command_that_writes_to_a_path_among_its_words_puts_the_file_there(command: str) -> None:
    assert found(f"{command} -x y ~/.aws/credentials") == [1]
    assert found(f"Get-Item ~/.aws/credentials; {command} -x y ~/.aws/config") == []
